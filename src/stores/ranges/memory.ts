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
import { changedRow } from './changed-row.ts';
import { BAR_START } from './leftover-bar.ts';
import { leaveIn, type MemoryRow, type MemoryServer, takeLeft } from './memory-leftovers.ts';
import type { SeedTag } from './seed-tag.ts';
import { rangeFrom, requireTake } from './take-request.ts';

/** What a memory store keeps; several stores may share one table, as instances share a database. */
export type MemoryTable = Map<string, MemoryRow>;

export interface MemoryRangeStoreOptions {
  /** Tags of a new table; default none. */
  readonly seedTags?: readonly SeedTag[];
  /** Rows shared with other stores; default a new table. */
  readonly table?: MemoryTable;
  /** Shared with the table; default one that never ends and whose time stands still. */
  readonly server?: MemoryServer;
}

const ONE_SERVER: MemoryServer = { run: 'memory', nowMs: () => 0 };

/** Ranges from this process's memory, for trials and tests: all is lost on exit, and IDs then repeat. */
export class MemoryRangeStore implements RangeStore {
  readonly name = 'memory';
  readonly #table: MemoryTable;
  readonly #server: MemoryServer;

  constructor({ seedTags = [], table = new Map(), server = ONE_SERVER }: MemoryRangeStoreOptions = {}) {
    this.#table = table;
    this.#server = server;
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
    const left = terms?.leftovers && takeLeft(row, terms.leftovers, this.#server);
    if (left?.range !== undefined) {
      this.#table.set(tag, left.row);
      return left.range;
    }
    const range = rangeFrom(row.maxId, stepIds, terms?.atLeast);
    if (range.end > ID_MAX) throw new FrondError('RANGE_EXHAUSTED', { tag, stepIds });
    this.#table.set(tag, { ...(left?.row ?? row), maxId: range.end });
    return range;
  }

  async giveBack(tag: string, { start, end }: TakenRange): Promise<boolean> {
    const row = this.#live(tag);
    if (row?.maxId !== end) return false;
    this.#table.set(tag, { ...row, maxId: start });
    return true;
  }

  async leave(tag: string, rest: TakenRange, maxAgeMs: number): Promise<boolean> {
    const live = this.#live(tag);
    const row = live && leaveIn(live, rest, maxAgeMs, this.#server);
    if (row !== undefined) this.#table.set(tag, row);
    return row !== undefined;
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
    const row = this.#change(tag, this.#table.get(tag), change);
    return { record: recordOf(tag, row), created };
  }

  async patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
    const old = this.#live(tag);
    if (old === undefined) return undefined;
    return recordOf(tag, this.#change(tag, old, patch));
  }

  async retireTag(tag: string): Promise<boolean> {
    const row = this.#live(tag);
    if (row === undefined) return false;
    this.#table.set(tag, {
      ...row,
      stepIds: 0,
      leftovers: row.leftovers?.filter(each => each.start === BAR_START) ?? [],
    });
    return true;
  }

  #change(tag: string, old: MemoryRow | undefined, change: TagChange | TagPatch): MemoryRow {
    const row = changedRow(tag, old, change);
    const bar = { start: BAR_START, end: row.maxId, leftAtMs: this.#server.nowMs(), run: this.#server.run };
    const leftovers = change.maxId === undefined ? (old?.leftovers ?? []) : [bar];
    this.#table.set(tag, { ...row, leftovers });
    return { ...row, leftovers };
  }

  #live(tag: string): MemoryRow | undefined {
    const row = this.#table.get(tag);
    return row !== undefined && row.stepIds > 0 ? row : undefined;
  }
}

function recordOf(tag: string, { maxId, stepIds, description }: MemoryRow): TagRecord {
  return { tag, maxId, stepIds, description, updatedAtMs: null };
}
