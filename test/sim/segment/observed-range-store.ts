import { toFrondError } from '../../../src/errors.ts';
import type {
  RangeStore,
  StoreHealth,
  TagChange,
  TagPatch,
  TagRecord,
  TakenRange,
  TakeTerms,
} from '../../../src/stores/range-store.ts';
import type { SegmentChecker } from './checker.ts';
import type { Ledger } from './ledger.ts';
import type { SegmentTally } from './tally.ts';

/** As many tags fail in a row before an allocator takes the store to be away. */
const SUSPECTS = 2;

/** What an allocator is told by its store, and what it asks, under observation. */
export class ObservedRangeStore implements RangeStore {
  readonly name: string;
  /** Where there is one. */
  readonly leave?: NonNullable<RangeStore['leave']>;
  readonly #inner: RangeStore;
  readonly #ledger: Ledger;
  readonly #checker: SegmentChecker;
  readonly #tally: SegmentTally;
  /** By tag, and how often the tag had been retired. */
  readonly #fetching = new Set<string>();
  readonly #suspects = new Set<string>();
  #isOpen = false;
  /** Takes that began while the circuit was open. */
  #probes = 0;

  constructor(inner: RangeStore, ledger: Ledger, checker: SegmentChecker, tally: SegmentTally) {
    this.name = inner.name;
    this.#inner = inner;
    this.#ledger = ledger;
    this.#checker = checker;
    this.#tally = tally;
    if (inner.leave !== undefined) this.leave = (tag, rest, maxAgeMs) => this.#leave(tag, rest, maxAgeMs);
  }

  isFetching(tag: string): boolean {
    return this.#fetching.has(this.#keyOf(tag));
  }

  open(): Promise<void> {
    return this.#inner.open();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  health(): StoreHealth {
    return this.#inner.health?.() ?? { risks: [] };
  }

  async take(tag: string, stepIds: number, terms?: TakeTerms): Promise<TakenRange> {
    const book = this.#ledger.tag(tag);
    const { retired } = book;
    const key = this.#keyOf(tag);
    if (this.#fetching.has(key)) this.#checker.fail('one fetch', `${this.#ledger.name} fetches ${tag} twice at a time`);
    this.#fetching.add(key);
    const isProbe = this.#isOpen;
    if (isProbe && ++this.#probes > 1)
      this.#checker.fail('circuit', `${this.#ledger.name} asks a dead store twice at a time`);
    const degraded = this.#degradedTakes;
    try {
      const range = await this.#inner.take(tag, stepIds, terms);
      if (range.isLeftover) this.#tally.add('leftover taken');
      const held = this.#checker.took(this.#ledger, tag, range, this.#degradedTakes > degraded);
      // What is behind its mark, or came after the tag was gone, it must not use.
      if (book.retired === retired && range.start >= book.highWater) {
        book.owned.push(held);
        book.highWater = range.end;
      }
      this.#answered();
      return range;
    } catch (error) {
      this.#failed(tag, toFrondError(error));
      throw error;
    } finally {
      this.#fetching.delete(key);
      if (isProbe) this.#probes--;
    }
  }

  async giveBack(tag: string, rest: TakenRange): Promise<boolean> {
    this.#checker.givesBack(this.#ledger, tag, rest);
    try {
      const taken = await this.#inner.giveBack(tag, rest);
      if (!taken) this.#ledger.tag(tag).refused.push(rest);
      this.#tally.add(taken ? 'give-back taken' : 'give-back refused');
      return taken;
    } catch (error) {
      this.#tally.add('give-back unknown');
      throw error;
    }
  }

  getTag(tag: string): Promise<TagRecord | undefined> {
    return this.#inner.getTag(tag);
  }

  async listTags(): Promise<readonly TagRecord[]> {
    const records = await this.#inner.listTags();
    const listed = new Set(records.map(({ tag }) => tag));
    for (const tag of this.#ledger.tags) if (!listed.has(tag)) this.#ledger.tag(tag).unlisted++;
    return records;
  }

  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    return this.#inner.putTag(tag, change);
  }

  async patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
    const record = await this.#inner.patchTag(tag, patch);
    if (record === undefined) this.#ledger.retired(tag);
    return record;
  }

  async retireTag(tag: string): Promise<boolean> {
    const existed = await this.#inner.retireTag(tag);
    this.#ledger.retired(tag);
    return existed;
  }

  async #leave(tag: string, rest: TakenRange, maxAgeMs: number): Promise<boolean> {
    this.#checker.leaves(this.#ledger, tag, rest);
    const isLeft = await this.#inner.leave!(tag, rest, maxAgeMs);
    this.#tally.add(isLeft ? 'leftover left' : 'leftover refused');
    return isLeft;
  }

  /** Of a fetch: one keeper has one at a time, and a tag that was gone has another keeper. */
  #keyOf(tag: string): string {
    const { retired, unlisted } = this.#ledger.tag(tag);
    return `${tag} ${retired} ${unlisted}`;
  }

  get #degradedTakes(): number {
    return this.health().ceiling?.degradedTakes ?? 0;
  }

  #answered(): void {
    this.#suspects.clear();
    this.#isOpen = false;
  }

  #failed(tag: string, { code, retryable }: { readonly code: string; readonly retryable: boolean }): void {
    if (code === 'RANGE_EXHAUSTED') this.#tally.add('numbers exhausted');
    if (code === 'CEILING_UNAVAILABLE') this.#tally.add('refused for want of a ceiling');
    if (code === 'UNKNOWN_TAG') this.#tally.add('unknown tag told');
    if (code === 'UNKNOWN_TAG') this.#ledger.retired(tag);
    if (code === 'INTERNAL') this.#checker.fail('crash', `${this.#ledger.name}: the store of ${tag} is impossible`);
    if (!retryable) {
      this.#answered();
      return;
    }
    this.#suspects.add(tag);
    if (this.#isOpen || this.#suspects.size < SUSPECTS) return;
    this.#isOpen = true;
    this.#tally.add('circuit open');
  }
}
