import type {
  RangeStore,
  TagChange,
  TagPatch,
  TagRecord,
  TakenRange,
  TakeTerms,
} from '../../../src/stores/range-store.ts';
import { ID_MAX } from '../../../src/stores/range-store.ts';

interface Shifted {
  readonly start: bigint;
  readonly byIds: bigint;
}

/**
 * Takes a process's eyes from a store that went back: a range below an earlier one is shown above it, and so every
 * range is given out. `realOf` tells which ID it is that the process gives.
 */
export class UncheckedRanges implements RangeStore {
  readonly name: string;
  readonly #inner: RangeStore;
  readonly #ends = new Map<string, bigint>();
  readonly #shifts = new Map<string, Shifted[]>();

  constructor(inner: RangeStore) {
    this.name = inner.name;
    this.#inner = inner;
  }

  realOf(tag: string, id: bigint): bigint {
    const shift = this.#shifts.get(tag)?.findLast(each => each.start <= id);
    return id - (shift?.byIds ?? 0n);
  }

  open(): Promise<void> {
    return this.#inner.open();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async take(tag: string, stepIds: number, _terms?: TakeTerms): Promise<TakenRange> {
    const { start, end } = await this.#inner.take(tag, stepIds);
    const least = this.#ends.get(tag) ?? 0n;
    const byIds = start < least ? least - start : 0n;
    this.#shifts.set(tag, [...(this.#shifts.get(tag) ?? []), { start: start + byIds, byIds }]);
    this.#ends.set(tag, end + byIds);
    return { start: start + byIds, end: end + byIds };
  }

  async giveBack(): Promise<boolean> {
    return false;
  }

  async getTag(tag: string): Promise<TagRecord | undefined> {
    const record = await this.#inner.getTag(tag);
    return record && { ...record, maxId: ID_MAX };
  }

  async listTags(): Promise<readonly TagRecord[]> {
    return (await this.#inner.listTags()).map(record => ({ ...record, maxId: ID_MAX }));
  }

  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    return this.#inner.putTag(tag, change);
  }

  patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
    return this.#inner.patchTag(tag, patch);
  }

  retireTag(tag: string): Promise<boolean> {
    return this.#inner.retireTag(tag);
  }
}
