import { FrondError, requireInteger } from '../../errors.ts';
import {
  ID_MAX,
  type RangeStore,
  STEP_MAX_IDS,
  type TagChange,
  type TagRecord,
  type TakenRange,
} from '../range-store.ts';
import type { SeedTag } from './seed-tag.ts';

interface Row {
  readonly maxId: bigint;
  /** 0 for a retired tag. */
  readonly stepIds: number;
  readonly description: string | null;
}

/** What a memory store keeps; several stores may share one table, as instances share a database. */
export type MemoryTable = Map<string, Row>;

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

  async take(tag: string, stepIds: number): Promise<TakenRange> {
    requireInteger('stepIds', stepIds, 1, STEP_MAX_IDS);
    const row = this.#live(tag);
    if (row === undefined) throw new FrondError('UNKNOWN_TAG', { tag });
    const start = row.maxId;
    const end = start + BigInt(stepIds);
    if (end > ID_MAX) throw new FrondError('RANGE_EXHAUSTED', { tag, stepIds });
    this.#table.set(tag, { ...row, maxId: end });
    return { start, end };
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
    const old = this.#table.get(tag) ?? { maxId: 1n, stepIds: 0, description: null };
    const { stepIds, maxId = old.maxId, description = old.description } = change;
    if (maxId < old.maxId) throw new FrondError('TAG_WOULD_REWIND', { tag, maxId, currentMaxId: old.maxId });
    const row = { maxId, stepIds, description };
    this.#table.set(tag, row);
    return { record: recordOf(tag, row), created };
  }

  async retireTag(tag: string): Promise<boolean> {
    const row = this.#live(tag);
    if (row === undefined) return false;
    this.#table.set(tag, { ...row, stepIds: 0 });
    return true;
  }

  #live(tag: string): Row | undefined {
    const row = this.#table.get(tag);
    return row !== undefined && row.stepIds > 0 ? row : undefined;
  }
}

function recordOf(tag: string, { maxId, stepIds, description }: Row): TagRecord {
  return { tag, maxId, stepIds, description, updatedAtMs: null };
}
