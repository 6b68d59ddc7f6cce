import { FrondError } from '../../errors.ts';
import {
  ID_MAX,
  type RangeStore,
  type TagChange,
  type TagPatch,
  type TagRecord,
  type TakenRange,
  type TakeTerms,
} from '../range-store.ts';
import { changedRow, type TagRow } from './changed-row.ts';
import type { SeedTag } from './seed-tag.ts';
import { rangeFrom, requireTake } from './take-request.ts';

/** What a memory store keeps; several stores may share one table, as instances share a database. */
export type MemoryTable = Map<string, TagRow>;

export interface MemoryRangeStoreOptions {
  /** Tags of a new table; default none. */
  readonly seedTags?: readonly SeedTag[];
  /** Rows shared with other stores; default a new table. */
  readonly table?: MemoryTable;
}

/** Ranges from this process's memory, for trials and tests: all is lost on exit, and IDs then repeat. */
export class MemoryRangeStore implements RangeStore {
  readonly name = 'memory';
  readonly #table: MemoryTable;

  constructor({ seedTags = [], table = new Map() }: MemoryRangeStoreOptions = {}) {
    this.#table = table;
    for (const { tag, stepIds, description } of seedTags) {
      if (!table.has(tag)) table.set(tag, { maxId: 1n, stepIds, description });
    }
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  async take(tag: string, stepIds: number, terms?: TakeTerms): Promise<TakenRange> {
    requireTake(stepIds, terms);
    const row = this.#live(tag);
    if (row === undefined) throw new FrondError('UNKNOWN_TAG', { tag });
    const range = rangeFrom(row.maxId, stepIds, terms?.atLeast);
    if (range.end > ID_MAX) throw new FrondError('RANGE_EXHAUSTED', { tag, stepIds });
    this.#table.set(tag, { ...row, maxId: range.end });
    return range;
  }

  async giveBack(tag: string, { start, end }: TakenRange): Promise<boolean> {
    const row = this.#live(tag);
    if (row?.maxId !== end) return false;
    this.#table.set(tag, { ...row, maxId: start });
    return true;
  }

  async getTag(tag: string): Promise<TagRecord | undefined> {
    const row = this.#live(tag);
    return row && recordOf(tag, row);
  }

  async listTags(): Promise<readonly TagRecord[]> {
    const live = [...this.#table].filter(([, row]) => row.stepIds > 0);
    return live.sort(([a], [b]) => (a < b ? -1 : 1)).map(([tag, row]) => recordOf(tag, row));
  }

  async putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    const created = this.#live(tag) === undefined;
    const row = changedRow(tag, this.#table.get(tag), change);
    this.#table.set(tag, row);
    return { record: recordOf(tag, row), created };
  }

  async patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
    const old = this.#live(tag);
    if (old === undefined) return undefined;
    const row = changedRow(tag, old, patch);
    this.#table.set(tag, row);
    return recordOf(tag, row);
  }

  async retireTag(tag: string): Promise<boolean> {
    const row = this.#live(tag);
    if (row === undefined) return false;
    this.#table.set(tag, { ...row, stepIds: 0 });
    return true;
  }

  #live(tag: string): TagRow | undefined {
    const row = this.#table.get(tag);
    return row !== undefined && row.stepIds > 0 ? row : undefined;
  }
}

function recordOf(tag: string, { maxId, stepIds, description }: TagRow): TagRecord {
  return { tag, maxId, stepIds, description, updatedAtMs: null };
}
