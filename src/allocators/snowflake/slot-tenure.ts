import type { FrondError } from '../../errors.ts';
import type { SlotStore } from '../../stores/slot-store.ts';
import type { System } from '../../system/system.ts';
import type { Cancel } from '../../system/timers.ts';
import type { ClockTrust } from './clock-trust.ts';
import { HighWater } from './high-water.ts';
import type { KeeperSettings } from './keeper-settings.ts';
import type { KeeperStats } from './keeper-stats.ts';
import { clockBehind, notYetOpen } from './keeper-troubles.ts';
import type { ClaimedSlot } from './slot-claim.ts';
import { SlotHold, type WriteOutcome } from './slot-hold.ts';
import type { SlotWitness } from './slot-witness.ts';
import type { StoreCalls } from './store-calls.ts';
import type { Timeline } from './timeline.ts';

export interface SlotTenureParts {
  readonly store: SlotStore;
  readonly calls: StoreCalls;
  readonly settings: KeeperSettings;
  readonly system: System;
  readonly timeline: Timeline;
  readonly trust: ClockTrust;
  readonly stats: KeeperStats;
  readonly witness: SlotWitness;
  /** How far above the mark the bound is put; ms. */
  readonly allowanceMs: () => number;
}

/** What its keeper is told; none is called after `end`. */
export interface SlotTenureEvents {
  /** IDs flow. */
  readonly opened: () => void;
  /** More timestamps may be used. */
  readonly raised: () => void;
  /** Not open yet, and why; undefined when it is only a matter of waiting again. */
  readonly troubled: (trouble: FrondError | undefined) => void;
  /** The slot is somebody else's, or gone. */
  readonly lost: (reason: string | undefined) => void;
}

/**
 * The time during which one claim of a slot is ours: waits until the clock has passed the floor (S6), opens the
 * timeline, and renews (S7). What an asynchronous step brings after `end` is dropped (I9).
 */
export class SlotTenure {
  readonly hold: SlotHold;
  readonly water: HighWater;
  readonly #parts: SlotTenureParts;
  readonly #events: SlotTenureEvents;
  #isOpen = false;
  #ended = false;
  #troubled = false;
  /** Only its changes are logged: an outage is one line. */
  #lastOutcome: WriteOutcome = 'acknowledged';
  #work: Promise<void> | undefined;
  #cancelTimer: Cancel = () => {};

  constructor(parts: SlotTenureParts, claimed: ClaimedSlot, events: SlotTenureEvents) {
    const { store, calls } = parts;
    this.#parts = parts;
    this.#events = events;
    this.hold = new SlotHold(store, calls, claimed);
    this.water = new HighWater(parts, this.hold);
  }

  /** Why this host's record was not written; undefined when it was, or there is none. */
  get recordFailure(): string | undefined {
    return this.#parts.witness.failure;
  }

  begin(): void {
    this.#adopt();
    if (this.#isOpen) this.#tickLater(this.#parts.settings.renewIntervalMs);
    else this.#tick();
  }

  /** Ends minting at once; resolves when no step is under way any more. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#parts.timeline.close();
    this.#cancelTimer();
    await this.#work;
  }

  /**
   * After `end` (S9): gives the slot back at the exact last timestamp, first here and then in the store (I5); or parks it
   * for the next process of this host. What is not acknowledged stays held up to its bound.
   */
  async release(): Promise<void> {
    const { stats, system, timeline, witness } = this.#parts;
    const lastMs = Math.max(timeline.lastMs, this.hold.floorMs);
    const isParked = await this.#park(witness, lastMs);
    const outcome = isParked ? 'parked' : await this.#giveBack(lastMs);
    stats.releases[outcome]++;
    const isTold = outcome === 'acknowledged' || outcome === 'parked';
    const message = isTold
      ? 'worker ID given back'
      : 'worker ID could not be given back: it is free when its bound has passed';
    const { workerId, failure } = this.hold;
    system.logger[isTold ? 'info' : 'warn']({ workerId, lastMs, outcome, reason: failure }, message);
  }

  /** False when the slot is to be released. True when it stays ours, also because the right to resume cannot be ended. */
  async #park(witness: SlotWitness, lastMs: number): Promise<boolean> {
    const { calls, settings, store } = this.#parts;
    if (!witness.testifies) return false;
    const reachable = () =>
      calls
        .read(() => store.read(this.hold.workerId))
        .then(
          () => true,
          () => false,
        );
    if (settings.parks || (settings.offlineStart && !(await reachable()))) {
      await witness.end('parked', lastMs);
      return true;
    }
    const gaveUp = await witness.end('given-up', lastMs);
    return settings.offlineStart && !gaveUp;
  }

  async #giveBack(lastMs: number): Promise<WriteOutcome> {
    const { calls } = this.#parts;
    const released = { hwmMs: lastMs, boundMs: lastMs, state: 'released' } as const;
    await calls.settled();
    const outcome = await this.hold.write(released);
    if (outcome !== 'unknown') return outcome;
    await calls.settled();
    return this.hold.write(released);
  }

  /** Takes over what the store has acknowledged, and opens the timeline as soon as there is a timestamp to use. */
  #adopt(): void {
    const { timeline } = this.#parts;
    this.water.adopt(this.hold);
    if (this.#isOpen) {
      timeline.raise(this.water.limitMs);
      this.#events.raised();
    } else if (!this.water.isClosed && this.#behindMs() <= 0) {
      timeline.open(this.hold.workerId, this.hold.floorMs, this.water.limitMs);
      this.#isOpen = true;
      this.#events.opened();
    }
  }

  /** How long until the wall clock is above the floor; 0 or less when it is. */
  #behindMs(): number {
    return this.hold.floorMs - this.#parts.system.clock.wallMs() + 1;
  }

  #tickLater(delayMs: number): void {
    if (this.#ended) return;
    const { timers } = this.#parts.system;
    // Somebody waits for the start; later on, keeping the process alive is not our business.
    const starting = !this.#isOpen && !this.#troubled;
    const tick = () => this.#tick();
    this.#cancelTimer = starting ? timers.after(delayMs, tick) : timers.background(delayMs, tick);
  }

  /** Every renewal interval. Synchronous, so that a store that hangs does not keep the clock from being followed. */
  #tick(): void {
    const { store, settings } = this.#parts;
    const behindMs = this.#behindMs();
    // Also while it waits: what confirms a step of the clock is how long ago it was first seen.
    this.#followClock();
    if (!this.#isOpen && behindMs > 0) {
      this.#do(() => this.#judgeWait(behindMs));
      this.#tickLater(Math.min(behindMs, settings.renewIntervalMs));
      return;
    }
    if (!store.provesDeath) this.#adopt();
    void this.#record();
    this.#do(() => this.#renew());
    this.#tickLater(settings.renewIntervalMs);
  }

  #followClock(): void {
    const { system, trust, stats } = this.#parts;
    const wasHeldBack = trust.jumpedMs !== undefined;
    if (this.water.follow() || wasHeldBack) return;
    stats.jumpsHeld++;
    system.logger.warn({ jumpedMs: trust.jumpedMs }, 'the wall clock jumped ahead; not believed until confirmed');
  }

  /** One step at a time; what falls due meanwhile is left to the next tick. */
  #do(step: () => Promise<void>): void {
    if (this.#work !== undefined || this.#ended) return;
    this.#work = step().finally(() => {
      this.#work = undefined;
    });
  }

  #trouble(trouble: FrondError | undefined): void {
    this.#troubled = trouble !== undefined;
    this.#events.troubled(trouble);
  }

  /** S6: waits in silence up to startWaitMaxMs; beyond it says so, and goes on waiting. */
  async #judgeWait(behindMs: number): Promise<void> {
    const { store, calls, settings, system } = this.#parts;
    const waitMaxMs = settings.startWaitMaxMs;
    if (behindMs <= waitMaxMs) {
      if (this.#troubled) this.#trouble(undefined);
      return;
    }
    const sampleMs = await calls.read(() => store.sampleTimeMs()).catch(() => undefined);
    if (this.#ended || this.#isOpen) return;
    const wallMs = system.clock.wallMs();
    this.#trouble(clockBehind({ workerId: this.hold.workerId, behindMs, waitMaxMs, sampleMs, wallMs }));
  }

  /** S7, the local half: it waits for no slot store. */
  async #record(): Promise<void> {
    const { version, data } = this.hold;
    const raised = await this.#parts.witness.raise({
      token: data.token,
      version,
      hwmMs: this.water.markMs,
      boundMs: data.boundMs,
    });
    if (raised && !this.#ended) this.#adopt();
  }

  /** S7: one renewal. */
  async #renew(): Promise<void> {
    const { allowanceMs, system, stats, trust, witness } = this.#parts;
    if (trust.jumpedMs !== undefined) await this.#confirmJump(trust.jumpedMs);
    if (this.#ended) return;
    const { markMs } = this.water;
    const outcome = await this.hold.write({
      ...{ hwmMs: markMs, boundMs: markMs + allowanceMs(), state: 'held' },
      // Never above what is durable here: a record with a smaller number than the slot's is an old copy.
      ...(witness.testifies ? { renewal: witness.renewal } : {}),
    });
    stats.renewals[outcome]++;
    if (this.#ended) return;
    const { workerId, failure } = this.hold;
    if (outcome === 'lost') {
      this.#events.lost(failure);
      return;
    }
    if (outcome !== this.#lastOutcome) {
      if (outcome === 'unknown')
        system.logger.warn({ workerId, reason: failure }, 'slot renewals are not acknowledged');
      else system.logger.info({ workerId }, 'slot renewals are acknowledged again');
      this.#lastOutcome = outcome;
    }
    this.#adopt();
    if (!this.#isOpen && this.#behindMs() <= 0) {
      const { jumpedMs } = trust;
      this.#trouble(notYetOpen({ jumpedMs, renewalFailure: failure, recordFailure: this.recordFailure }));
    }
  }

  async #confirmJump(jumpedMs: number): Promise<void> {
    const { calls, system, stats } = this.#parts;
    if (!(await this.water.confirmJump(calls))) return;
    system.logger.warn({ jumpedMs }, 'the wall clock jumped ahead; confirmed');
    stats.jumpsConfirmed++;
    this.water.follow();
  }
}
