import { FrondError } from '../../src/errors.ts';
import { ID_MAX, type TakenRange } from '../../src/stores/range-store.ts';
import { MemoryRangeStore, type MemoryTable } from '../../src/stores/ranges/memory.ts';
import type { Primary, PrimaryTerms } from '../../src/stores/ranges/primary.ts';
import { isSame, type Residue, rangeOfClass } from '../../src/stores/ranges/residue.ts';

/** What a simulated database keeps, and whether it answers. */
export interface MemoryDatabase {
  readonly name: string;
  readonly table: MemoryTable;
  residue: Residue | undefined;
  /** `lost`: it does what it is asked, and the answer does not arrive. */
  state: 'up' | 'down' | 'lost';
}

/** A primary over a table in memory, with the port's own rules and nothing of a real database's. */
export class MemoryPrimary extends MemoryRangeStore implements Primary {
  override readonly name: 'memory';
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    super({ table: database.table });
    this.name = database.name as 'memory';
    this.#database = database;
  }

  residue(): Promise<Residue | undefined> {
    return this.#answer(() => this.#database.residue);
  }

  override take(tag: string, stepIds: number, terms: PrimaryTerms): Promise<TakenRange> {
    const { table, residue } = this.#database;
    return this.#answer(() => {
      if (residue === undefined || !isSame(residue, terms.residue)) {
        throw new FrondError('STORE_NOT_INITIALISED', { store: this.name, reason: 'another residue' });
      }
      const row = table.get(tag);
      if (row === undefined || row.stepIds === 0) throw new FrondError('UNKNOWN_TAG', { tag });
      const highWater = terms.seenEnd;
      if (row.maxId < highWater) throw new FrondError('SEGMENT_REWOUND', { tag, start: row.maxId, highWater });
      const range = rangeOfClass(row.maxId, stepIds, residue, terms.atLeast ?? 1n);
      if (range.end > ID_MAX) throw new FrondError('RANGE_EXHAUSTED', { tag, stepIds });
      table.set(tag, { ...row, maxId: range.end });
      return range;
    });
  }

  override giveBack(tag: string, rest: TakenRange): Promise<boolean> {
    return this.#answer(() => super.giveBack(tag, rest));
  }

  override getTag(tag: string) {
    return this.#answer(() => super.getTag(tag));
  }

  override listTags() {
    return this.#answer(() => super.listTags());
  }

  async #answer<T>(work: () => T | Promise<T>): Promise<T> {
    const { state } = this.#database;
    const outcome = state === 'down' ? undefined : await work();
    if (state === 'up') return outcome as T;
    throw new FrondError('STORE_UNAVAILABLE', { store: this.name, reason: `it is ${state}` });
  }
}
