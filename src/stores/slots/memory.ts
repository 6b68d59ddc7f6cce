import { FrondError } from '../../errors.ts';
import type { Slot, SlotData, SlotLayout, SlotStore } from '../slot-store.ts';

export interface MemorySlotsOptions {
  /** See `SlotStore.provesDeath`; false by default. */
  readonly provesDeath?: boolean;
  /** See `SlotStore.floorMs`; 0 by default. */
  readonly floorMs?: number;
  /** The store's own clock, Unix ms; by default the store has no time sample. */
  readonly timeMs?: () => number;
}

const LAYOUT_FIELDS = ['epochMs', 'timeBits', 'workerBits', 'sequenceBits'] as const;

/**
 * Worker slots in the memory of one process: what several `SlotStore` handles share, as instances share a server.
 * For tests; a lock dies with its handle, the records live as long as this object.
 */
export class MemorySlots {
  readonly options: MemorySlotsOptions;
  readonly records = new Map<number, Slot>();
  /** Who is alive: worker ID to the handle that holds its lock. */
  readonly locks = new Map<number, SlotStore>();
  layout: SlotLayout | undefined;

  constructor(options: MemorySlotsOptions = {}) {
    this.options = options;
  }

  /** A handle as one more instance would have; not yet open. */
  handle(): SlotStore {
    return new MemorySlotStore(this);
  }

  /** Forgets that the holder of a slot lives (an expired session); the holder is not told. */
  expire(workerId: number): void {
    this.locks.delete(workerId);
  }
}

/** One instance's handle on slots in memory; by default slots of its own. */
export class MemorySlotStore implements SlotStore {
  readonly name = 'memory:';
  readonly provesDeath: boolean;
  readonly floorMs: number;
  readonly #shared: MemorySlots;
  #open = false;

  constructor(shared: MemorySlots = new MemorySlots()) {
    this.#shared = shared;
    this.provesDeath = shared.options.provesDeath ?? false;
    this.floorMs = shared.options.floorMs ?? 0;
  }

  async open(layout: SlotLayout): Promise<void> {
    const stored = this.#shared.layout ?? layout;
    for (const field of LAYOUT_FIELDS) {
      if (stored[field] !== layout[field]) {
        throw new FrondError('LAYOUT_MISMATCH', { field, configured: layout[field], stored: stored[field] });
      }
    }
    this.#shared.layout = { ...stored };
    this.#open = true;
  }

  async list(): Promise<readonly Slot[]> {
    this.#requireOpen();
    return [...this.#shared.records.values()].sort((a, b) => a.workerId - b.workerId);
  }

  async create(data: SlotData, maxWorkerId: number): Promise<Slot | undefined> {
    this.#requireOpen();
    const workerId = this.#shared.records.size;
    if (workerId > maxWorkerId) return undefined;
    return this.#store(workerId, 1, data);
  }

  async take(slot: Slot, data: SlotData, holderIsDead = false): Promise<Slot | undefined> {
    this.#requireOpen();
    const stored = this.#shared.records.get(slot.workerId);
    const mayLive = this.#shared.locks.has(slot.workerId) && (this.provesDeath || !holderIsDead);
    if (stored?.version !== slot.version || mayLive) return undefined;
    return this.#store(slot.workerId, stored.version + 1, data);
  }

  async write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    this.#requireOpen();
    const stored = this.#shared.records.get(slot.workerId);
    if (stored?.version !== slot.version) return undefined;
    return this.#store(slot.workerId, stored.version + 1, data);
  }

  async read(workerId: number): Promise<Slot | undefined> {
    this.#requireOpen();
    return this.#shared.records.get(workerId);
  }

  async letGo(workerId: number): Promise<void> {
    if (this.#shared.locks.get(workerId) === this) this.#shared.locks.delete(workerId);
  }

  async holderLives(workerId: number): Promise<boolean> {
    this.#requireOpen();
    return this.#shared.locks.has(workerId);
  }

  async sampleTimeMs(): Promise<number | undefined> {
    this.#requireOpen();
    return this.#shared.options.timeMs?.();
  }

  async close(): Promise<void> {
    this.#open = false;
    for (const workerId of [...this.#shared.locks.keys()]) await this.letGo(workerId);
  }

  #store(workerId: number, version: number, data: SlotData): Slot {
    const slot: Slot = { workerId, version, data: { ...data, owner: { ...data.owner } } };
    this.#shared.records.set(workerId, slot);
    this.#shared.locks.set(workerId, this);
    return slot;
  }

  #requireOpen(): void {
    if (!this.#open) throw new FrondError('SLOT_STORE_UNAVAILABLE', { store: this.name, reason: 'it is not open' });
  }
}
