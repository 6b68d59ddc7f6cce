import type { DurableRecord, RecordRead } from '../../src/stores/durable-record.ts';
import type { ProofRecord, SlotProof } from '../../src/stores/slot-proof.ts';
import { MemoryRecord } from './memory-record.ts';

/** The places of one host, as long as this object lives: what is left in them, and who has them. */
export class MemoryPlaces {
  readonly records: MemoryRecord<ProofRecord>[] = [];
  readonly holders = new Map<number, MemorySlotProof>();

  /** As one more process of the host would have it. */
  proof(): MemorySlotProof {
    return new MemorySlotProof(this);
  }

  /** What the first place holds now. */
  async left(): Promise<ProofRecord | undefined> {
    const read = await this.records[0]?.read();
    return read?.status === 'found' ? read.value : undefined;
  }
}

export class MemorySlotProof implements SlotProof {
  readonly name = 'places in memory';
  /** While true every write fails before it does anything. */
  full = false;
  readonly #places: MemoryPlaces;
  #number: number | undefined;

  constructor(places: MemoryPlaces) {
    this.#places = places;
  }

  async open(): Promise<RecordRead<ProofRecord>> {
    if (this.#number === undefined) {
      this.#number = 0;
      while (this.#places.holders.has(this.#number)) this.#number++;
      this.#places.holders.set(this.#number, this);
      this.#places.records[this.#number] ??= new MemoryRecord('place');
    }
    return this.#record().read();
  }

  async write(record: ProofRecord): Promise<void> {
    if (this.full) throw new Error('ENOSPC');
    await this.#record().write(record);
  }

  /** Also what kill -9 does. */
  async close(): Promise<void> {
    if (this.#number !== undefined) this.#places.holders.delete(this.#number);
    this.#number = undefined;
  }

  #record(): DurableRecord<ProofRecord> {
    if (this.#number === undefined) throw new Error('it is not open');
    return this.#places.records[this.#number]!;
  }
}
