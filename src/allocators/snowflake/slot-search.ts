import { type ErrorCode, FrondError, toFrondError } from '../../errors.ts';
import type { SlotStore } from '../../stores/slot-store.ts';
import type { System } from '../../system/system.ts';
import type { ClockTrust } from './clock-trust.ts';
import type { IdLayout } from './id-layout.ts';
import type { KeeperSettings } from './keeper-settings.ts';
import { clockSkew, unconfirmedJump } from './keeper-troubles.ts';
import { type ClaimedSlot, SlotClaim } from './slot-claim.ts';
import type { SlotWitness } from './slot-witness.ts';
import type { StoreCalls } from './store-calls.ts';

export interface SlotSearchParts {
  readonly store: SlotStore;
  readonly calls: StoreCalls;
  readonly layout: IdLayout;
  readonly settings: KeeperSettings;
  readonly system: System;
  readonly trust: ClockTrust;
  readonly witness: SlotWitness;
  /** How far above the mark the bound is put; ms. */
  readonly allowanceMs: () => number;
  /** The last timestamp this process used, under whatever worker ID; Unix ms. */
  readonly usedMs: () => number;
}

/** Slots lost to rivals this often in a row count as none free. */
const CONTESTED_MAX = 4;
/** What is mended by opening the store anew, if by anything. */
const STORE_TROUBLES: ReadonlySet<ErrorCode> = new Set(['SLOT_STORE_UNAVAILABLE', 'STORE_DAMAGED', 'INTERNAL']);
/** An opening of the store that was waited for so often in vain is begun anew. */
const OPENING_WAITS_MAX = 2;

/** All that has to be true before a slot is claimed, and the claim (S2 to S4). One attempt at a time. */
export class SlotSearch {
  readonly #parts: SlotSearchParts;
  #claim: SlotClaim | undefined;
  #contested = 0;
  #everClaimed = false;
  #opening: Promise<void> | undefined;
  #openingWaits = 0;

  constructor(parts: SlotSearchParts) {
    this.#parts = parts;
  }

  /**
   * Opens the store if need be, compares clocks, and tries to claim a slot. Attempts that follow a failed one go on
   * under its token; a claim after a success has a new one (I13).
   * @returns undefined when rivals were faster; a new attempt is due after some jitter
   * @throws FrondError CLOCK_SKEW, LIMIT_REACHED (a jump of the clock is not confirmed), NO_FREE_SLOT,
   * SLOT_STORE_UNAVAILABLE, and what `SlotStore.open` throws
   */
  async attempt(): Promise<ClaimedSlot | undefined> {
    await this.#parts.witness.open();
    try {
      await this.#open();
    } catch (error) {
      const resumed = toFrondError(error).code === 'SLOT_STORE_UNAVAILABLE' ? this.#resume() : undefined;
      if (resumed === undefined) throw error;
      return resumed;
    }
    try {
      return await this.#tryClaim();
    } catch (error) {
      // What was opened may be gone: a directory that somebody deleted comes back only when it is opened.
      if (STORE_TROUBLES.has(toFrondError(error).code)) this.#opening = undefined;
      throw error;
    }
  }

  /** S12: the slot that this host's record gives us, when the store cannot be asked. */
  #resume(): ClaimedSlot | undefined {
    const { witness, settings, trust, layout, usedMs, store } = this.#parts;
    const left = this.#everClaimed ? undefined : witness.resumable;
    if (left === undefined) return undefined;
    this.#everClaimed = true;
    trust.accept();
    // A claim of ours, or one that was intended here before, may have been made: then what is stored has its token.
    const nextTokens = [left.nextToken, this.#claim?.token].filter(token => typeof token === 'string');
    this.#claim = undefined;
    const { workerId, version, token, incarnation, renewal, hwmMs, boundMs } = left;
    const data = { token, incarnation, renewal, hwmMs, boundMs, state: 'held', owner: settings.owner } as const;
    // The floor of the store is known here when it was reached before.
    const floorMs = Math.max(hwmMs, layout.epochMs, usedMs(), store.floorMs);
    return { slot: { workerId, version, data }, floorMs, path: 'offline', nextTokens, reopen: () => this.#open() };
  }

  async #tryClaim(): Promise<ClaimedSlot | undefined> {
    const storeTimeMs = await this.#checkedStoreTime();
    const { usedMs, allowanceMs } = this.#parts;
    this.#claim ??= new SlotClaim({ ...this.#parts, usedMs: usedMs(), allowanceMs: allowanceMs() });
    const claimed = await this.#claim.attempt(storeTimeMs);
    if (claimed !== undefined) {
      this.#claim = undefined;
      // The claim after this one, if there is ever one, looks at the layout again (I11).
      this.#opening = undefined;
      this.#contested = 0;
      this.#everClaimed = true;
    } else if (++this.#contested > CONTESTED_MAX) {
      this.#contested = 0;
      const { layout } = this.#parts;
      throw new FrondError('NO_FREE_SLOT', { slots: layout.maxWorkerId + 1, nextFreeMs: undefined });
    }
    return claimed;
  }

  /**
   * Opens the store before a claim and after a failure. An opening that outlasts the wait is waited for again by the
   * next attempts, and then taken for lost: one whose answer never comes must not keep us from ever starting.
   */
  async #open(): Promise<void> {
    const { store, calls, layout, settings } = this.#parts;
    if (this.#openingWaits >= OPENING_WAITS_MAX) this.#opening = undefined;
    if (this.#opening === undefined) {
      const begun = store.open(layout.toJSON());
      this.#opening = begun;
      this.#openingWaits = 0;
      begun.catch(() => {
        if (this.#opening === begun) this.#opening = undefined;
      });
    }
    const opening = this.#opening;
    this.#openingWaits++;
    await calls.read(() => opening, settings.startWaitMaxMs);
    this.#openingWaits = 0;
  }

  /** C1: the store's time, if it has one; then the wall clock is taken for right. */
  async #checkedStoreTime(): Promise<number | undefined> {
    const { store, calls, settings, system, trust } = this.#parts;
    const askedMs = system.clock.wallMs();
    const sampleMs = await calls.read(() => store.sampleTimeMs());
    if (sampleMs !== undefined) {
      trust.compare(sampleMs);
      // The sample was taken between the two readings.
      const skewMs = Math.max(askedMs - sampleMs, sampleMs - system.clock.wallMs(), 0);
      if (skewMs > settings.skewLimitMs) throw clockSkew(skewMs, settings.skewLimitMs);
      trust.accept();
    } else if (!this.#everClaimed) {
      trust.accept();
    } else if (trust.observe() === undefined && !trust.confirmByTime()) {
      throw unconfirmedJump(trust.jumpedMs ?? 0);
    }
    return sampleMs;
  }
}
