import { FrondError } from '../../src/errors.ts';
import type {
  RangeStore,
  TagChange,
  TagPatch,
  TagRecord,
  TakenRange,
  TakeTerms,
} from '../../src/stores/range-store.ts';
import { MemoryRangeStore, type MemoryTable } from '../../src/stores/ranges/memory.ts';

/** A memory store that fails, hangs or lies when the test says so, and remembers how it was called. */
export class ScriptedRangeStore implements RangeStore {
  readonly name = 'scripted';
  readonly table: MemoryTable = new Map();
  /** Every call to the store, such as `take order 10`. */
  readonly calls: string[] = [];
  /** Thrown by every call while set. */
  error: Error | undefined;
  /** Replaces the answer of `take`. */
  lie: ((truth: TakenRange) => TakenRange) | undefined;
  /** Calls that now wait for `release`. */
  readonly held: (() => void)[] = [];
  closed = 0;
  #holding = false;
  /** Time of the store, by which leftovers age. */
  nowMs = 0;
  readonly #memory = new MemoryRangeStore({ table: this.table, server: { run: 'scripted', nowMs: () => this.nowMs } });

  /** Sets a row behind the back of everybody, as a restored backup would. */
  setMaxId(tag: string, maxId: bigint): void {
    this.table.set(tag, { ...this.table.get(tag)!, maxId });
  }

  /** A tag as another instance would make it. */
  async seed(tag: string, stepIds: number, maxId = 1n): Promise<void> {
    await this.#memory.putTag(tag, { stepIds, maxId });
  }

  /** A tag retired by another instance. */
  async retireElsewhere(tag: string): Promise<void> {
    await this.#memory.retireTag(tag);
  }

  goDown(): void {
    this.error = new FrondError('STORE_UNAVAILABLE', { store: this.name, reason: 'scripted outage' });
  }

  comeBack(): void {
    this.error = undefined;
  }

  /** From now on calls do their work at once, but their answers wait. */
  hold(): void {
    this.#holding = true;
  }

  /** Lets all held answers arrive, in order, and holds no more. */
  release(): void {
    this.#holding = false;
    for (const answer of this.held.splice(0)) answer();
  }

  takes(): string[] {
    return this.calls.filter(call => call.startsWith('take'));
  }

  open(): Promise<void> {
    return this.#answer('open', async () => {});
  }

  async close(): Promise<void> {
    this.closed++;
  }

  take(tag: string, stepIds: number, terms?: TakeTerms): Promise<TakenRange> {
    return this.#answer(`take ${tag} ${stepIds}`, async () => {
      const truth = await this.#memory.take(tag, stepIds, terms);
      return this.lie?.(truth) ?? truth;
    });
  }

  giveBack(tag: string, rest: TakenRange): Promise<boolean> {
    return this.#answer(`giveBack ${tag} ${rest.start} ${rest.end}`, () => this.#memory.giveBack(tag, rest));
  }

  leave(tag: string, rest: TakenRange, maxAgeMs: number): Promise<boolean> {
    return this.#answer(`leave ${tag} ${rest.start} ${rest.end}`, () => this.#memory.leave(tag, rest, maxAgeMs));
  }

  getTag(tag: string): Promise<TagRecord | undefined> {
    return this.#answer(`getTag ${tag}`, () => this.#memory.getTag(tag));
  }

  listTags(): Promise<readonly TagRecord[]> {
    return this.#answer('listTags', () => this.#memory.listTags());
  }

  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    return this.#answer(`putTag ${tag}`, () => this.#memory.putTag(tag, change));
  }

  patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
    return this.#answer(`patchTag ${tag}`, () => this.#memory.patchTag(tag, patch));
  }

  retireTag(tag: string): Promise<boolean> {
    return this.#answer(`retireTag ${tag}`, () => this.#memory.retireTag(tag));
  }

  async #answer<T>(call: string, work: () => Promise<T>): Promise<T> {
    this.calls.push(call);
    const { error } = this;
    const outcome = error === undefined ? work() : Promise.reject(error);
    outcome.catch(() => {});
    if (this.#holding) await new Promise<void>(resolve => this.held.push(resolve));
    return outcome;
  }
}
