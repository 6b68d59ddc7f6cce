import { type FrondError, reasonOf, toFrondError } from '../../errors.ts';
import type { SlotProof } from '../../stores/slot-proof.ts';
import type { SlotStore } from '../../stores/slot-store.ts';
import { type BackoffPolicy, backoffMs } from '../../system/backoff.ts';
import type { System } from '../../system/system.ts';
import type { Cancel } from '../../system/timers.ts';
import { ClockTrust } from './clock-trust.ts';
import type { IdLayout } from './id-layout.ts';
import type { KeeperSettings } from './keeper-settings.ts';
import { KeeperStats } from './keeper-stats.ts';
import { isFatal, withRetryAfter } from './keeper-troubles.ts';
import type { ClaimedSlot } from './slot-claim.ts';
import { SlotSearch } from './slot-search.ts';
import { SlotTenure } from './slot-tenure.ts';
import { SlotWitness } from './slot-witness.ts';
import { StoreCalls } from './store-calls.ts';
import type { Timeline } from './timeline.ts';

/**
 * new      → claiming                     start
 * claiming → waiting | failed             a slot was claimed | a failure that no waiting mends, at the first start
 * waiting  → holding | fenced             the wall clock passed the floor and a mark above it is acknowledged
 * holding  → fenced                       the record names another holder or is gone
 * fenced   → claiming                     after a jittered delay, under a new token
 * failed   → claiming                     start again
 * any      → stopping → stopped           stop
 */
export type KeeperState = 'new' | 'claiming' | 'waiting' | 'holding' | 'fenced' | 'failed' | 'stopping' | 'stopped';

export interface SlotKeeperParts {
  readonly store: SlotStore;
  /** What this host keeps beside a store that does not prove death; undefined for nothing. */
  readonly proof?: SlotProof | undefined;
  readonly layout: IdLayout;
  readonly timeline: Timeline;
  readonly settings: KeeperSettings;
  readonly system: System;
  /** Told after every change that can let IDs flow or end waits. */
  readonly changed: () => void;
}

const RETRY: BackoffPolicy = { firstMs: 200, maxMs: 5000 };

/**
 * Keeps one worker ID and says which timestamps it may use. The timeline is open only in `holding`.
 *
 * I1  Every change of a slot is a compare-and-set on its version.
 * I2  Timestamps are above the floor and at most min(high-water mark, acknowledged bound): see issue-limit.ts.
 * I3  The floor is above what every earlier claim of the worker ID may have used: see slot-choice.ts.
 * I4  A high-water mark counts only once every record vouches for it from which a successor may start above it: the
 *     slot's where the store proves death, this host's where a start may go on from that alone, else either of the two.
 * I5  At the end minting stops for ever, then the right to go on here is given up, then the slot is released.
 * I6  The bound of a held slot never falls; a release sets it to the exact last timestamp.
 * I7  Minting is synchronous: see timeline.ts.
 * I8  A write without an answer raises nothing; before the next write the slot is read back.
 * I9  What an asynchronous call brings is dropped when the hold it began under is not the present one.
 * I10 One change is under way at a time.
 * I11 The store checks the layout when it is opened, before every claim; a record that is gone is a lost slot, never written anew.
 * I12 The high-water mark is the accepted wall clock + lookahead, never computed from timestamps used.
 * I13 A lost or released claim is never resumed; going on is a new claim under a new token.
 */
export class SlotKeeper {
  readonly stats = new KeeperStats();
  readonly trust: ClockTrust;
  readonly #parts: SlotKeeperParts;
  readonly #calls: StoreCalls;
  readonly #search: SlotSearch;
  readonly #witness: SlotWitness;
  /** How far above the mark the bound is put; ms. */
  readonly #allowanceMs: () => number;
  #state: KeeperState = 'new';
  #trouble: FrondError | undefined;
  #tenure: SlotTenure | undefined;
  #failures = 0;
  #work: Promise<void> | undefined;
  #cancelTimer: Cancel = () => {};
  #start: { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } | undefined;
  #stop: Promise<void> | undefined;

  constructor(parts: SlotKeeperParts) {
    this.#parts = parts;
    const { store, system, settings, timeline, layout, proof } = parts;
    const callsTo = (name: string) => new StoreCalls(name, system.clock, system.timers, settings.opTimeoutMs);
    const calls = callsTo(store.name);
    this.#witness = new SlotWitness({
      ...{ proof: store.provesDeath ? undefined : proof, calls: callsTo(proof?.name ?? store.name) },
      ...{ store: store.name, layout: layout.toJSON(), offlineStart: settings.offlineStart },
      ...{ openWaitMs: settings.startWaitMaxMs, stats: this.stats, logger: system.logger },
    });
    this.#allowanceMs = () => (this.#witness.survived ? settings.provenAllowanceMs : settings.allowanceMs);
    this.trust = new ClockTrust(system.clock, settings);
    this.#calls = calls;
    const shared = { calls, trust: this.trust, witness: this.#witness, allowanceMs: this.#allowanceMs };
    this.#search = new SlotSearch({ ...parts, ...shared, usedMs: () => timeline.lastMs });
  }

  get state(): KeeperState {
    return this.#state;
  }

  /** Why no ID can be given until something outside changes; undefined when waiting makes sense. */
  get trouble(): FrondError | undefined {
    return this.#trouble;
  }

  /** How far above the mark the bound is put at present; ms. */
  get allowanceMs(): number {
    return this.#allowanceMs();
  }

  /** The claim that is ours now; undefined while there is none. */
  get tenure(): SlotTenure | undefined {
    return this.#tenure;
  }

  /** Resolves when IDs flow or when it is known why not. @throws FrondError for what no waiting mends */
  start(): Promise<void> {
    if (this.#state === 'new' || this.#state === 'failed') {
      let resolve: () => void = () => {};
      let reject: (error: unknown) => void = () => {};
      const promise = new Promise<void>((onDone, onError) => {
        resolve = onDone;
        reject = onError;
      });
      this.#start = { promise, resolve, reject };
      this.#beginClaim();
    }
    return this.#start?.promise ?? Promise.resolve();
  }

  /** Ends minting, releases the slot at the exact last timestamp, lets go and closes the store. Never throws. */
  stop(): Promise<void> {
    this.#stop ??= this.#shutDown();
    return this.#stop;
  }

  /** The one place where state and trouble change. */
  #to(state: KeeperState, trouble?: FrondError): void {
    if (state !== 'holding') this.#parts.timeline.close();
    if (trouble !== undefined) {
      this.stats.trouble(trouble.code);
      if (trouble.code !== this.#trouble?.code) {
        this.#parts.system.logger.warn({ code: trouble.code, reason: trouble.message }, 'snowflake IDs are refused');
      }
    }
    this.#state = state;
    this.#trouble = trouble;
    if (state === 'failed') this.#start?.reject(trouble);
    else if (state === 'holding' || state === 'stopped' || trouble !== undefined) this.#start?.resolve();
    this.#parts.changed();
  }

  #beginClaim(): void {
    this.#to('claiming');
    this.#claimNow();
  }

  #claimNow(): void {
    const work = this.#claim().finally(() => {
      if (this.#work === work) this.#work = undefined;
    });
    this.#work = work;
  }

  #claimLater(delayMs: number): void {
    if (this.#state !== 'claiming') return;
    const { timers } = this.#parts.system;
    // Somebody waits for the start; later on, keeping the process alive is not our business.
    const starting = this.#trouble === undefined && this.stats.fences === 0;
    const claim = () => this.#claimNow();
    this.#cancelTimer = starting ? timers.after(delayMs, claim) : timers.background(delayMs, claim);
  }

  async #claim(): Promise<void> {
    const { random } = this.#parts.system;
    try {
      const claimed = await this.#search.attempt();
      if (claimed !== undefined) {
        this.#failures = 0;
        await this.#witness.begin(claimed.slot, claimed.path);
        this.#enter(claimed);
      } else {
        this.#claimLater(backoffMs(RETRY, 1, random));
      }
    } catch (caught) {
      if (this.#state !== 'claiming') return;
      const error = toFrondError(caught);
      if (this.#failures === 0 && this.stats.fences === 0 && isFatal(error)) {
        this.#to('failed', error);
        return;
      }
      const pauseMs = backoffMs(RETRY, ++this.#failures, random);
      // Not later than a worker ID becomes free; who waits for the same one is spread a little.
      const delayMs = Math.min(pauseMs, (error.retryAfterMs ?? pauseMs) + RETRY.firstMs * random.fraction());
      this.#to('claiming', withRetryAfter(error, delayMs));
      this.#claimLater(delayMs);
    }
  }

  /** A slot is ours. A stop that came meanwhile gives it back. */
  #enter(claimed: ClaimedSlot): void {
    const { path, floorMs } = claimed;
    const shared = { calls: this.#calls, trust: this.trust, stats: this.stats };
    const parts = { ...this.#parts, ...shared, witness: this.#witness, allowanceMs: this.#allowanceMs };
    const tenure = new SlotTenure(parts, claimed, {
      opened: () => this.#to('holding'),
      raised: this.#parts.changed,
      troubled: trouble => this.#to('waiting', trouble),
      lost: reason => this.#fence(tenure, reason),
    });
    this.#tenure = tenure;
    this.stats.claims[path]++;
    if (this.#state !== 'claiming') return;
    const { workerId, data } = tenure.hold;
    const { incarnation, hwmMs, boundMs } = data;
    this.#parts.system.logger.info({ workerId, path, incarnation, floorMs, hwmMs, boundMs }, 'worker ID claimed');
    this.#to('waiting');
    tenure.begin();
  }

  /** S10: somebody else has the slot, or it is gone. */
  #fence(tenure: SlotTenure, reason: string | undefined): void {
    const { store, system, settings, timeline } = this.#parts;
    const { workerId, floorMs } = tenure.hold;
    void tenure.end();
    void this.#witness.end('given-up', Math.max(timeline.lastMs, floorMs));
    this.stats.fences++;
    this.#tenure = undefined;
    this.#to('fenced');
    system.logger.error({ workerId, reason }, 'worker ID lost; a new one will be claimed');
    void this.#calls.read(() => store.letGo(workerId)).catch(() => {});
    const delayMs = settings.opTimeoutMs * system.random.fraction();
    this.#cancelTimer = system.timers.background(delayMs, () => {
      if (this.#state === 'fenced') this.#beginClaim();
    });
  }

  /** S9. */
  async #shutDown(): Promise<void> {
    const { store, system } = this.#parts;
    this.#to('stopping');
    this.#cancelTimer();
    // At once, or a step under way could open the timeline again.
    const ended = this.#tenure?.end();
    await this.#work;
    await ended;
    const tenure = this.#tenure;
    if (tenure !== undefined) {
      await tenure.release();
      await this.#calls.read(() => store.letGo(tenure.hold.workerId)).catch(() => {});
    }
    await this.#calls
      .read(() => store.close())
      .catch((error: unknown) => {
        system.logger.warn({ reason: reasonOf(error) }, 'the slot store did not close');
      });
    await this.#witness.close();
    this.#to('stopped');
  }
}
