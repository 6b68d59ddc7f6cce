import type { SlotStore } from '../../stores/slot-store.ts';
import type { ClockTrust } from './clock-trust.ts';
import { type IssueLimit, isClosed, limitMsOf, raiseLimit } from './issue-limit.ts';
import type { KeeperSettings } from './keeper-settings.ts';
import type { SlotHold } from './slot-hold.ts';
import type { SlotWitness } from './slot-witness.ts';
import type { StoreCalls } from './store-calls.ts';

export interface HighWaterParts {
  readonly store: SlotStore;
  readonly settings: KeeperSettings;
  readonly trust: ClockTrust;
  readonly witness: SlotWitness;
}

/** The marks of one hold: how far the clock allows (I12), and how far the store has acknowledged (I2, I4). */
export class HighWater {
  readonly #store: SlotStore;
  readonly #settings: KeeperSettings;
  readonly #trust: ClockTrust;
  readonly #witness: SlotWitness;
  #markMs: number;
  #limit: IssueLimit;

  constructor(parts: HighWaterParts, hold: SlotHold) {
    const { store, settings, trust, witness } = parts;
    this.#store = store;
    this.#witness = witness;
    this.#settings = settings;
    this.#trust = trust;
    this.#markMs = hold.data.hwmMs;
    this.#limit = { floorMs: hold.floorMs, coveredMs: hold.floorMs, boundMs: hold.floorMs };
  }

  /** The mark that the next record should carry; Unix ms. */
  get markMs(): number {
    return this.#markMs;
  }

  get limit(): IssueLimit {
    return this.#limit;
  }

  /** The greatest timestamp that may be used; Unix ms. */
  get limitMs(): number {
    return limitMsOf(this.#limit);
  }

  get isClosed(): boolean {
    return isClosed(this.#limit);
  }

  /** Raises the mark with the wall clock, as far as that is trusted. False when it is not. */
  follow(): boolean {
    const acceptedMs = this.#trust.observe();
    if (acceptedMs === undefined) return false;
    this.#markMs = Math.max(this.#markMs, acceptedMs + this.#settings.lookaheadMs);
    return true;
  }

  /** Takes over what the store has acknowledged of the hold's record, and this host's disk of its own. */
  adopt({ data }: SlotHold): void {
    this.#limit = raiseLimit(this.#limit, this.#coveredMs(data.hwmMs), data.boundMs);
  }

  /** What each record vouches for from which a successor may start (I4); Unix ms. */
  #coveredMs(acknowledgedMs: number): number {
    if (this.#store.provesDeath) return acknowledgedMs;
    // Nobody will have proof: every successor starts above the bound.
    if (!this.#witness.testifies) return this.#markMs;
    const { coveredMs } = this.#witness;
    return this.#settings.offlineStart ? coveredMs : Math.max(coveredMs, acknowledgedMs);
  }

  /**
   * C2: believes a forward jump when the store's time agrees, or, where the store tells none, when it has lasted.
   * True when it did. Never throws.
   */
  async confirmJump(calls: StoreCalls): Promise<boolean> {
    try {
      const sampleMs = await calls.read(() => this.#store.sampleTimeMs());
      return sampleMs === undefined ? this.#trust.confirmByTime() : this.#trust.confirmBySample(sampleMs);
    } catch {
      // Above the bound nothing can be used until the store is back, and then it says what is right.
      return this.#trust.confirmByTime(this.#limit.boundMs);
    }
  }
}
