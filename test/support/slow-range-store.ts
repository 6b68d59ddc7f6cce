import { FrondError } from '../../src/errors.ts';
import type {
  RangeStore,
  TagChange,
  TagPatch,
  TagRecord,
  TakenRange,
  TakeTerms,
} from '../../src/stores/range-store.ts';
import { MemoryRangeStore } from '../../src/stores/ranges/memory.ts';
import type { System } from '../../src/system/system.ts';

/** A memory store that takes its time, drawn anew for each call, and can be stopped like a server. */
export class SlowRangeStore implements RangeStore {
  readonly name = 'slow';
  /** While true every call fails, after its time. */
  down = false;
  /** Monotonic time of each `take`. */
  readonly takesMs: number[] = [];
  /** IDs handed out by all takes that succeeded. */
  reservedIds = 0;
  readonly #memory = new MemoryRangeStore();
  readonly #system: System;
  readonly #latencyMs: () => number;

  constructor(system: System, latencyMs: () => number) {
    this.#system = system;
    this.#latencyMs = latencyMs;
  }

  get attempts(): number {
    return this.takesMs.length;
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  take(tag: string, stepIds: number, terms?: TakeTerms): Promise<TakenRange> {
    this.takesMs.push(this.#system.clock.monotonicMs());
    return this.#answer(async () => {
      const range = await this.#memory.take(tag, stepIds, terms);
      this.reservedIds += stepIds;
      return range;
    });
  }

  giveBack(tag: string, rest: TakenRange): Promise<boolean> {
    return this.#answer(() => this.#memory.giveBack(tag, rest));
  }

  getTag(tag: string): Promise<TagRecord | undefined> {
    return this.#answer(() => this.#memory.getTag(tag));
  }

  listTags(): Promise<readonly TagRecord[]> {
    return this.#answer(() => this.#memory.listTags());
  }

  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    return this.#memory.putTag(tag, change);
  }

  patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
    return this.#memory.patchTag(tag, patch);
  }

  retireTag(tag: string): Promise<boolean> {
    return this.#answer(() => this.#memory.retireTag(tag));
  }

  async #answer<T>(work: () => Promise<T>): Promise<T> {
    await new Promise<void>(resolve => this.#system.timers.after(this.#latencyMs(), resolve));
    if (this.down) throw new FrondError('STORE_UNAVAILABLE', { store: this.name, reason: 'stopped' });
    return work();
  }
}
