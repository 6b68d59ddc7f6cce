import { FrondError } from '../../errors.ts';
import type { TagRecord } from '../../stores/range-store.ts';
import { FetchTimes } from './fetch-times.ts';
import { type GivenBack, giveBackAll } from './give-back.ts';
import type { KeeperContext } from './keeper-context.ts';
import { SegmentKeeper } from './segment-keeper.ts';
import { type FetchCounts, FetchMeter, type TagStats } from './segment-stats.ts';
import { StoreCircuit, type StoreFailure } from './store-circuit.ts';
import type { TagMarks } from './tag-marks.ts';

export interface SegmentTotals {
  /** IDs given to callers by all tags, retired ones included. */
  readonly issuedIds: number;
  readonly fetches: FetchCounts;
  /** Unused IDs that went back to the store at the stop. */
  readonly givenBackIds: number;
  readonly leftovers: LeftoverTotals;
  /** Times that the store was found to have gone back behind what this process had of a tag. */
  readonly rewinds: number;
}

/** IDs of ranges that were left in the store by one process for another. */
export interface LeftoverTotals {
  /** That this process left at the stop. */
  readonly leftIds: number;
  /** That it took. */
  readonly takenIds: number;
}

/** What is known of the range store from asking it. */
export interface StoreContact {
  /** False from a question without an answer until the next one with one. */
  readonly up: boolean;
  /** Why it is not. */
  readonly failure: StoreFailure | undefined;
  /** Lists of tags that were asked for, by how that ended. */
  readonly listings: Readonly<Record<'ok' | 'failed', number>>;
  /** Live tags, used or not. */
  readonly knownTags: number;
}

type RosterContext = Pick<KeeperContext, 'store' | 'system' | 'options' | 'fetchLatency'> & {
  readonly onSilence?: () => void;
};

/**
 * The tags that this process knows to be live, each with its keeper from the first use on. What the list of the store
 * says is taken over except for tags that were learned or dropped while it was being read: the list may be older.
 *
 * High-water marks outlive their tags, so that a tag that is retired and made again in a store that went back to an
 * older state is caught too. They grow by real tags only.
 */
export class TagRoster {
  readonly #context: KeeperContext;
  readonly #stepIds = new Map<string, number>();
  readonly #keepers = new Map<string, SegmentKeeper>();
  /** Of tags whose keepers have ended. */
  readonly #pastMarks = new Map<string, TagMarks>();
  readonly #touched = new Set<string>();
  readonly #allFetches = new FetchMeter();
  /** The high-water marks when the list was asked for. */
  #listingMarks = new Map<string, bigint>();
  /** IDs given by keepers that have ended. */
  #pastIds = 0;
  #givenBack: GivenBack = { ids: 0, leftIds: 0, tags: 0 };
  #leftoverIds = 0;
  #rewinds = 0;
  readonly #listings = { ok: 0, failed: 0 };
  #isEnded = false;

  /** Its `onSilence` is called for each question to the store that got no answer. */
  constructor({ onSilence, ...context }: RosterContext) {
    this.#context = {
      ...context,
      allFetches: this.#allFetches,
      fetchTimes: new FetchTimes(),
      circuit: new StoreCircuit(context.system, onSilence),
      onUnknown: (keeper, error) => this.drop(keeper.tag, error),
      onRewind: () => void this.#rewinds++,
      onLeftover: ids => {
        this.#leftoverIds += ids;
      },
    };
  }

  /** Live tags, used or not. */
  get tags(): readonly string[] {
    return [...this.#stepIds.keys()];
  }

  /** Number of live tags. */
  get size(): number {
    return this.#stepIds.size;
  }

  /** True from the beginning of `end`: no keeper may be made any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  has(tag: string): boolean {
    return this.#stepIds.has(tag);
  }

  /** The keeper of a live tag, made when there is none yet. */
  keeperOf(tag: string): SegmentKeeper | undefined {
    const keeper = this.#keepers.get(tag);
    if (keeper !== undefined) return keeper;
    const stepIds = this.#stepIds.get(tag);
    if (stepIds === undefined) return undefined;
    const made = new SegmentKeeper(this.#context, tag, stepIds, this.#pastMarks.get(tag));
    this.#keepers.set(tag, made);
    return made;
  }

  /** @param raised true when this process has just raised maxId to that of the record */
  learn(record: TagRecord, raised = false): void {
    const { tag } = record;
    this.#touched.add(tag);
    this.#take(record, raised);
  }

  #take(record: TagRecord, raised = false): void {
    this.#stepIds.set(record.tag, record.stepIds);
    const keeper = raised ? this.keeperOf(record.tag) : this.#keepers.get(record.tag);
    keeper?.learn(record, raised);
  }

  /** The tag is not live any more: its keeper ends with `error`. */
  drop(tag: string, error: FrondError): void {
    this.#touched.add(tag);
    this.#stepIds.delete(tag);
    const keeper = this.#keepers.get(tag);
    if (keeper === undefined) return;
    this.#keepers.delete(tag);
    if (keeper.marks.highWater > 0n) this.#pastMarks.set(tag, keeper.marks);
    keeper.end(error);
    this.#pastIds += keeper.stats().issuedIds;
  }

  /** To be called before the list is asked for. */
  beginListing(): void {
    this.#touched.clear();
    this.#listingMarks = new Map([...this.#pastMarks].map(([tag, { highWater }]) => [tag, highWater]));
    for (const [tag, keeper] of this.#keepers) this.#listingMarks.set(tag, keeper.marks.highWater);
  }

  /** Takes over the list that was asked for after `beginListing`. */
  applyListing(records: readonly TagRecord[]): void {
    this.#listings.ok++;
    this.#context.circuit.heard(undefined);
    const touched = this.#touched;
    const listed = new Set<string>();
    for (const record of records) {
      listed.add(record.tag);
      if (touched.has(record.tag)) continue;
      this.#take(record);
      const mark = this.#listingMarks.get(record.tag) ?? 0n;
      if (record.maxId < mark) this.keeperOf(record.tag)?.inspect(record, mark);
    }
    for (const tag of [...this.#stepIds.keys()]) {
      if (!listed.has(tag) && !touched.has(tag)) this.drop(tag, new FrondError('UNKNOWN_TAG', { tag }));
    }
  }

  /** The list that was asked for after `beginListing` did not come. */
  listingFailed(error: FrondError): void {
    this.#listings.failed++;
    this.#context.circuit.heard(error);
  }

  /** How a question about a tag went that is not known here. @param failure what came instead of an answer */
  heard(failure: FrondError | undefined): void {
    this.#context.circuit.heard(failure);
  }

  /** What came instead of an answer to the latest question; undefined when that got one. */
  get silence(): FrondError | undefined {
    return this.#context.circuit.silence;
  }

  contact(): StoreContact {
    const { up, failure } = this.#context.circuit;
    return { up, failure, listings: this.#listings, knownTags: this.size };
  }

  /** Ends all keepers; resolves when none has a call to the store under way. */
  async end(error: FrondError): Promise<void> {
    this.#isEnded = true;
    this.#context.circuit.end();
    const keepers = [...this.#keepers.values()];
    for (const keeper of keepers) keeper.end(error);
    await Promise.all(keepers.map(keeper => keeper.idle));
  }

  /** After `end`: what nobody was given goes back to the store or is left there. Bounded in time; never throws for a dead store. */
  async giveBack(): Promise<void> {
    this.#givenBack = await giveBackAll([...this.#keepers.values()], this.#context);
  }

  /** One entry for each tag that was used, in no order. */
  stats(): TagStats[] {
    return [...this.#keepers.values()].map(keeper => keeper.stats());
  }

  /** @param stats what `stats` has just given, where somebody has it already */
  totals(stats: readonly TagStats[] = this.stats()): SegmentTotals {
    const issuedIds = stats.reduce((sum, each) => sum + each.issuedIds, this.#pastIds);
    const { ids: givenBackIds, leftIds } = this.#givenBack;
    const leftovers = { leftIds, takenIds: this.#leftoverIds };
    return { issuedIds, fetches: this.#allFetches.counts, rewinds: this.#rewinds, givenBackIds, leftovers };
  }
}
