import { FrondError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import type { Slot, SlotData, SlotStore } from '../slot-store.ts';

export interface StatelessSlotStoreOptions {
  /** The one worker ID. */
  readonly workerId: number;
  readonly system: System;
  /** What a holder may be ahead of its clock; ms. */
  readonly lookaheadMs: number;
}

/**
 * One worker ID that is fixed from outside, with nothing written anywhere. An earlier holder can have used timestamps up
 * to its clock + lookahead, so that the floor is the clock at start + lookahead: each start waits that long.
 *
 * What remains: nothing tells when two instances are given the same number, or when the clock went back between two
 * starts by more than that; both give duplicates.
 */
export class StatelessSlotStore implements SlotStore {
  readonly name: string;
  /** Its records die with the process: there is nothing to succeed to. */
  readonly provesDeath = false;
  readonly isFixed = true;
  readonly #workerId: number;
  readonly #system: System;
  readonly #lookaheadMs: number;
  #isOpen = false;
  #slot: Slot | undefined;
  #floorMs = 0;

  constructor({ workerId, system, lookaheadMs }: StatelessSlotStoreOptions) {
    this.name = `static:${workerId} without a data directory`;
    this.#workerId = workerId;
    this.#system = system;
    this.#lookaheadMs = lookaheadMs;
  }

  get floorMs(): number {
    return this.#floorMs;
  }

  async open(): Promise<void> {
    this.#floorMs = this.#system.clock.wallMs() + this.#lookaheadMs;
    this.#isOpen = true;
    this.#system.logger.warn(
      { workerId: this.#workerId, waitMs: this.#lookaheadMs },
      'no record of this worker ID is kept: waits until an earlier holder cannot have been ahead; two instances with this number would give the same IDs',
    );
  }

  async list(): Promise<readonly Slot[]> {
    this.#requireOpen();
    return this.#slot === undefined ? [] : [this.#slot];
  }

  async create(data: SlotData, maxWorkerId: number): Promise<Slot | undefined> {
    this.#requireOpen();
    if (this.#slot !== undefined || this.#workerId > maxWorkerId) return undefined;
    this.#slot = { workerId: this.#workerId, version: 1, data };
    return this.#slot;
  }

  take(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.write(slot, data);
  }

  async write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    this.#requireOpen();
    if (this.#slot === undefined || slot.workerId !== this.#workerId || slot.version !== this.#slot.version) {
      return undefined;
    }
    this.#slot = { workerId: this.#workerId, version: slot.version + 1, data };
    return this.#slot;
  }

  async read(workerId: number): Promise<Slot | undefined> {
    this.#requireOpen();
    return workerId === this.#workerId ? this.#slot : undefined;
  }

  async letGo(): Promise<void> {}

  async sampleTimeMs(): Promise<undefined> {
    this.#requireOpen();
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new FrondError('SLOT_STORE_UNAVAILABLE', { store: this.name, reason: 'it is not open' });
  }
}
