import type { DurableRecord, RecordRead } from '../../src/stores/durable-record.ts';

/** A record that lives as long as this object, for tests and simulated disks. */
export class MemoryRecord<T> implements DurableRecord<T> {
  readonly name: string;
  #read: RecordRead<T> = { status: 'absent' };

  constructor(name = 'memory:') {
    this.name = name;
  }

  async read(): Promise<RecordRead<T>> {
    return structuredClone(this.#read);
  }

  async write(value: T): Promise<void> {
    this.#read = { status: 'found', value: structuredClone(value) };
  }

  /** From now on reads say `damaged`, until the next write. */
  damage(reason: string): void {
    this.#read = { status: 'damaged', reason };
  }

  /** From now on reads say `absent`, until the next write. */
  erase(): void {
    this.#read = { status: 'absent' };
  }
}
