import { reasonOf, toFrondError } from '../../errors.ts';
import type { Slot, SlotData, SlotStore } from '../../stores/slot-store.ts';
import { isFatal } from './keeper-troubles.ts';
import type { ClaimedSlot } from './slot-claim.ts';
import type { StoreCalls } from './store-calls.ts';

/** `lost`: the record is somebody else's or gone. `unknown`: it may or may not have been written. */
export type WriteOutcome = 'acknowledged' | 'unknown' | 'lost';

export interface SlotChange extends Pick<SlotData, 'hwmMs' | 'boundMs' | 'state'> {
  /** The number of the write, never below the stored one; one more than that when absent. */
  readonly renewal?: number;
}

/** The slot that we hold, and its writes: one at a time, by compare-and-set, read back when in doubt (I1, I8, I10). */
export class SlotHold {
  readonly floorMs: number;
  readonly workerId: number;
  readonly #store: SlotStore;
  readonly #calls: StoreCalls;
  readonly #reopen: (() => Promise<void>) | undefined;
  readonly #nextTokens: readonly string[];
  #slot: Slot;
  #inDoubt: boolean;
  #failure: string | undefined;

  constructor(store: SlotStore, calls: StoreCalls, claimed: ClaimedSlot) {
    this.#store = store;
    this.#calls = calls;
    this.#slot = claimed.slot;
    this.floorMs = claimed.floorMs;
    this.workerId = claimed.slot.workerId;
    this.#reopen = claimed.reopen;
    this.#nextTokens = claimed.nextTokens ?? [];
    this.#inDoubt = claimed.path === 'offline';
  }

  /** The record as the store has last acknowledged or shown it. */
  get data(): SlotData {
    return this.#slot.data;
  }

  /** Of the record, as the store has last acknowledged or shown it. */
  get version(): number {
    return this.#slot.version;
  }

  /** Why the last write was not acknowledged; undefined when it was. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /**
   * Writes the next record under our token. Never throws.
   * @param change marks below the stored ones leave those as they are, unless the slot is released (I6)
   */
  async write(change: SlotChange): Promise<WriteOutcome> {
    try {
      const outcome = await this.#tryWrite(change);
      if (outcome === 'acknowledged') this.#failure = undefined;
      return outcome;
    } catch (error) {
      this.#inDoubt = true;
      this.#failure = reasonOf(error);
      return 'unknown';
    }
  }

  async #tryWrite(change: SlotChange): Promise<WriteOutcome> {
    if (!(await this.#isOpen())) return 'lost';
    // A refused write is read back at once and tried once more: it may have been our own, answered too late.
    for (let tries = 0; tries < 2; tries++) {
      if (this.#inDoubt && !(await this.#readBack())) return 'lost';
      const slot = this.#slot;
      const data = nextData(slot.data, change);
      const written = await this.#calls.change(() => this.#store.write(slot, data));
      if (written !== undefined) {
        this.#slot = written;
        return 'acknowledged';
      }
      this.#inDoubt = true;
    }
    this.#failure = 'the record changes under our token';
    return 'unknown';
  }

  /** Opens the store where an offline claim was made without it. False when it is not the store of our claim. */
  async #isOpen(): Promise<boolean> {
    if (this.#reopen === undefined) return true;
    try {
      await this.#reopen();
      // Records went back to an older state and were put under a floor: what lies below it may be used already.
      if (this.#store.floorMs <= this.floorMs) return true;
      this.#failure = 'the floor of the slot store was raised above its claim';
      return false;
    } catch (error) {
      if (!isFatal(toFrondError(error))) throw error;
      this.#failure = reasonOf(error);
      return false;
    }
  }

  /** Adopts the stored record. False when it is not ours. */
  async #readBack(): Promise<boolean> {
    const stored = await this.#calls.read(() => this.#store.read(this.workerId));
    if (stored === undefined || !this.#isOurs(stored.data.token)) {
      this.#failure = stored === undefined ? 'its record is gone' : 'its record names another holder';
      return false;
    }
    this.#slot = stored;
    this.#inDoubt = false;
    return true;
  }

  #isOurs(token: string): boolean {
    return token === this.#slot.data.token || this.#nextTokens.includes(token);
  }
}

function nextData(data: SlotData, change: SlotChange): SlotData {
  const renewal = Math.max(data.renewal, change.renewal ?? data.renewal + 1);
  if (change.state === 'released') return { ...data, ...change, renewal };
  const hwmMs = Math.max(data.hwmMs, change.hwmMs);
  return { ...data, renewal, hwmMs, boundMs: Math.max(data.boundMs, change.boundMs, hwmMs) };
}
