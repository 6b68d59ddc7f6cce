import { FrondError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import type { Slot, SlotData, SlotLayout, SlotStore } from '../slot-store.ts';
import type { LocalSlotStore } from './local.ts';

export interface StaticSlotStoreOptions {
  /** The one worker ID. */
  readonly workerId: number;
  /** Where its lock and its record are. */
  readonly slots: LocalSlotStore;
  readonly system: System;
  /** What a holder may be ahead of its clock; ms. */
  readonly lookaheadMs: number;
}

/**
 * One worker ID that is fixed from outside, with its kernel lock and its record in the data directory: a second process
 * on the same directory is refused, and a successor goes on above the record. Where there is no record yet, the worker
 * ID may have been used from another directory, so that nothing up to now + lookahead is used.
 *
 * What remains: the same number given to two instances with different directories. Nothing can tell.
 */
export class StaticSlotStore implements SlotStore {
  readonly name: string;
  readonly provesDeath = true;
  readonly isFixed = true;
  readonly #workerId: number;
  readonly #slots: LocalSlotStore;
  readonly #system: System;
  readonly #lookaheadMs: number;
  #floorMs = 0;

  constructor({ workerId, slots, system, lookaheadMs }: StaticSlotStoreOptions) {
    this.name = `static:${workerId} in ${slots.name}`;
    this.#workerId = workerId;
    this.#slots = slots;
    this.#system = system;
    this.#lookaheadMs = lookaheadMs;
  }

  get floorMs(): number {
    return Math.max(this.#floorMs, this.#slots.floorMs);
  }

  async open(layout: SlotLayout): Promise<void> {
    await this.#slots.open(layout);
    if ((await this.list()).length > 0) return;
    this.#floorMs = this.#system.clock.wallMs() + this.#lookaheadMs;
    this.#system.logger.info(
      { workerId: this.#workerId, waitMs: this.#lookaheadMs },
      'the data directory has no record of this worker ID: waits until an earlier holder cannot have been ahead',
    );
  }

  async list(): Promise<readonly Slot[]> {
    return (await this.#slots.list()).filter(slot => slot.workerId === this.#workerId);
  }

  /** @throws FrondError SLOT_IN_USE, which ends with the process that holds it; SLOT_STORE_UNAVAILABLE */
  async create(data: SlotData): Promise<Slot> {
    return this.#claimed(await this.#slots.createAt(this.#workerId, data));
  }

  /** @throws FrondError SLOT_IN_USE, which ends with the process that holds it; SLOT_STORE_UNAVAILABLE */
  async take(slot: Slot, data: SlotData): Promise<Slot> {
    return this.#claimed(await this.#slots.take(slot, data));
  }

  write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.#slots.write(slot, data);
  }

  read(workerId: number): Promise<Slot | undefined> {
    return this.#slots.read(workerId);
  }

  letGo(workerId: number): Promise<void> {
    return this.#slots.letGo(workerId);
  }

  holderLives(workerId: number): Promise<boolean | undefined> {
    return this.#slots.holderLives(workerId);
  }

  sampleTimeMs(): Promise<undefined> {
    return this.#slots.sampleTimeMs();
  }

  close(): Promise<void> {
    return this.#slots.close();
  }

  /** There is no other worker ID to turn to: say what is wrong with this one. */
  #claimed(slot: Slot | undefined): Slot {
    if (slot !== undefined) return slot;
    const reason =
      'another process of this host holds it, or its record was copied here or is damaged (the log then says so)';
    throw new FrondError('SLOT_IN_USE', { workerId: this.#workerId, reason });
  }
}
