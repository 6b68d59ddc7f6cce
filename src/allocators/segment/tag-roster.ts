import { FrondError } from '../../errors.ts';
import type { TagRecord } from '../../stores/range-store.ts';
import { type KeeperContext, SegmentKeeper } from './segment-keeper.ts';
import { type FetchCounts, FetchMeter, type TagStats } from './segment-stats.ts';

export interface SegmentTotals {
  /** IDs given to callers by all tags, retired ones included. */
  readonly issuedIds: number;
  readonly fetches: FetchCounts;
}

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
  readonly #highWaters = new Map<string, bigint>();
  readonly #touched = new Set<string>();
  readonly #allFetches = new FetchMeter();
  /** IDs given by keepers that have ended. */
  #pastIds = 0;

  constructor(context: Omit<KeeperContext, 'onUnknown' | 'allFetches'>) {
    const onUnknown: KeeperContext['onUnknown'] = (keeper, error) => this.drop(keeper.tag, error);
    this.#context = { ...context, allFetches: this.#allFetches, onUnknown };
  }

  /** Number of live tags. */
  get size(): number {
    return this.#stepIds.size;
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
    const made = new SegmentKeeper(this.#context, tag, stepIds, this.#highWaters.get(tag) ?? 0n);
    this.#keepers.set(tag, made);
    return made;
  }

  /** @param raised true when this process has just raised maxId to that of the record */
  learn(record: TagRecord, raised = false): void {
    const { tag, maxId } = record;
    this.#touched.add(tag);
    this.#stepIds.set(tag, record.stepIds);
    this.#keepers.get(tag)?.learn(record, raised);
    if (raised && maxId > (this.#highWaters.get(tag) ?? 0n)) this.#highWaters.set(tag, maxId);
  }

  /** The tag is not live any more: its keeper ends with `error`. */
  drop(tag: string, error: FrondError): void {
    this.#touched.add(tag);
    this.#stepIds.delete(tag);
    const keeper = this.#keepers.get(tag);
    if (keeper === undefined) return;
    this.#keepers.delete(tag);
    if (keeper.highWater > 0n) this.#highWaters.set(tag, keeper.highWater);
    keeper.end(error);
    this.#pastIds += keeper.stats().issuedIds;
  }

  /** To be called before the list is asked for. */
  beginListing(): void {
    this.#touched.clear();
  }

  /** Takes over the list that was asked for after `beginListing`. */
  applyListing(records: readonly TagRecord[]): void {
    const touched = new Set(this.#touched);
    const listed = new Set<string>();
    for (const record of records) {
      listed.add(record.tag);
      if (!touched.has(record.tag)) this.learn(record);
    }
    for (const tag of [...this.#stepIds.keys()]) {
      if (!listed.has(tag) && !touched.has(tag)) this.drop(tag, new FrondError('UNKNOWN_TAG', { tag }));
    }
  }

  /** Ends all keepers; resolves when none has a call to the store under way. */
  async end(error: FrondError): Promise<void> {
    const keepers = [...this.#keepers.values()];
    for (const keeper of keepers) keeper.end(error);
    await Promise.all(keepers.map(keeper => keeper.idle));
  }

  /** One entry for each tag that was used, in no order. */
  stats(): TagStats[] {
    return [...this.#keepers.values()].map(keeper => keeper.stats());
  }

  totals(): SegmentTotals {
    const issuedIds = this.stats().reduce((sum, each) => sum + each.issuedIds, this.#pastIds);
    return { issuedIds, fetches: this.#allFetches.counts };
  }
}
