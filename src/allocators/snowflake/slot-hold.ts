import { reasonOf } from '../../errors.ts';
import type { Slot, SlotData, SlotStore } from '../../stores/slot-store.ts';
import type { ClaimedSlot } from './slot-claim.ts';
import type { StoreCalls } from './store-calls.ts';

/** `lost`: the record is somebody else's or gone. `unknown`: it may or may not have been written. */
export type WriteOutcome = 'acknowledged' | 'unknown' | 'lost';

export type SlotChange = Pick<SlotData, 'hwmMs' | 'boundMs' | 'state'>;

/** The slot that we hold, and its writes: one at a time, by compare-and-set, read back when in doubt (I1, I8, I10). */
export class SlotHold {
  readonly floorMs: number;
  readonly workerId: number;
  readonly #store: SlotStore;
  readonly #calls: StoreCalls;
  #slot: Slot;
  #inDoubt = false;
  #failure: string | undefined;

  constructor(store: SlotStore, calls: StoreCalls, claimed: ClaimedSlot) {
    this.#store = store;
    this.#calls = calls;
    this.#slot = claimed.slot;
    this.floorMs = claimed.floorMs;
    this.workerId = claimed.slot.workerId;
  }

  /** The record as the store has last acknowledged or shown it. */
  get data(): SlotData {
    return this.#slot.data;
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

  /** Adopts the stored record. False when it is not ours. */
  async #readBack(): Promise<boolean> {
    const stored = await this.#calls.read(() => this.#store.read(this.workerId));
    if (stored === undefined || stored.data.token !== this.#slot.data.token) {
      this.#failure = stored === undefined ? 'its record is gone' : 'its record names another holder';
      return false;
    }
    this.#slot = stored;
    this.#inDoubt = false;
    return true;
  }
}

function nextData(data: SlotData, change: SlotChange): SlotData {
  const renewal = data.renewal + 1;
  if (change.state === 'released') return { ...data, ...change, renewal };
  const hwmMs = Math.max(data.hwmMs, change.hwmMs);
  return { ...data, renewal, hwmMs, boundMs: Math.max(data.boundMs, change.boundMs, hwmMs) };
}
