import { FrondError } from '../../src/errors.ts';
import type { Ceiling, CeilingRegister } from '../../src/stores/ceiling-register.ts';

export type CeilingTable = Map<string, Ceiling>;

/** Ceilings in memory that fail when the test says so; several registers may share one table. */
export class MemoryCeilings implements CeilingRegister {
  readonly name = 'memory ceilings';
  readonly table: CeilingTable;
  /** No call is carried out while set. */
  down = false;
  /** Asked at each change: `lost` carries it out and loses the answer. */
  fate: () => 'answered' | 'lost' = () => 'answered';
  closed = 0;

  constructor(table: CeilingTable = new Map()) {
    this.table = table;
  }

  async open(): Promise<void> {
    this.#requireUp();
  }

  async close(): Promise<void> {
    this.closed++;
  }

  async read(tag: string): Promise<Ceiling | undefined> {
    this.#requireUp();
    return this.table.get(tag);
  }

  async create(tag: string, value: bigint): Promise<boolean> {
    return this.#change(() => {
      if (this.table.has(tag)) return false;
      this.table.set(tag, { value, version: 0 });
      return true;
    });
  }

  async write(tag: string, value: bigint, version: number): Promise<boolean> {
    return this.#change(() => {
      if (this.table.get(tag)?.version !== version) return false;
      this.table.set(tag, { value, version: version + 1 });
      return true;
    });
  }

  #change(work: () => boolean): boolean {
    this.#requireUp();
    const done = work();
    if (this.fate() === 'lost') throw this.#unavailable('the answer was lost');
    return done;
  }

  #requireUp(): void {
    if (this.down) throw this.#unavailable('scripted outage');
  }

  #unavailable(reason: string): FrondError {
    return new FrondError('CEILING_UNAVAILABLE', { store: this.name, reason });
  }
}
