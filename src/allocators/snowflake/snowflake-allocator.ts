import { type ErrorCode, FrondError } from '../../errors.ts';
import type { SlotProof } from '../../stores/slot-proof.ts';
import type { SlotLayout, SlotStore } from '../../stores/slot-store.ts';
import { wholeMsClock } from '../../system/clock.ts';
import type { System } from '../../system/system.ts';
import type { Allocator, AllocatorState } from '../allocator.ts';
import type { WorkerDirectory, WorkerView } from '../worker-directory.ts';
import type { DecodedId, Decoder } from './decoded-id.ts';
import { DEFAULT_LAYOUT, IdLayout } from './id-layout.ts';
import { keeperSettings, type SlotKeeperOptions } from './keeper-settings.ts';
import { limitReasonOf, type RefusalView, refusalOf } from './refusal.ts';
import { SlotKeeper } from './slot-keeper.ts';
import { SnowflakeSource } from './snowflake-source.ts';
import type { SnowflakeStatus } from './snowflake-status.ts';
import { StoreCalls } from './store-calls.ts';
import { Timeline } from './timeline.ts';
import { WorkerCensus, type WorkerPool } from './worker-census.ts';
import { readWorkers } from './worker-views.ts';

/** The settings of snowflake mode; each has a default. */
export interface SnowflakeOptions extends SlotKeeperOptions, Partial<SlotLayout> {
  /** How long a call waits for an ID unless it says otherwise; ms. @default 1000 */
  readonly waitDeadlineMs?: number | undefined;
  /** Callers that may wait at a time. @default 10000 */
  readonly maxWaiters?: number | undefined;
}

export interface SnowflakeAllocatorParts {
  readonly store: SlotStore;
  /** What this host keeps beside a store that does not prove the death of a holder; default nothing. */
  readonly proof?: SlotProof | undefined;
  readonly system: System;
  readonly options?: SnowflakeOptions;
}

const LOG_PAUSE_MS = 10_000;
/** Clocks that differ by less need not be compared again soon. */
const AGREES_MS = 1000;
const YEAR_MS = 365.2425 * 24 * 3600 * 1000;

/** IDs of time, worker and sequence; the worker ID comes from a slot store, and time is persisted ahead of its use. */
export class SnowflakeAllocator implements Allocator, Decoder, WorkerDirectory {
  readonly kind = 'snowflake';
  readonly layout: IdLayout;
  readonly #store: SlotStore;
  readonly #system: System;
  readonly #view: RefusalView;
  readonly #timeline: Timeline;
  readonly #keeper: SlotKeeper;
  readonly #source: SnowflakeSource;
  /** Looks beside the keeper's own calls, which are one at a time. */
  readonly #looks: StoreCalls;
  /** None where there is one worker ID only. */
  readonly #census: WorkerCensus | undefined;
  readonly #refusals: Partial<Record<ErrorCode, number>> = {};
  #logged: { readonly code: ErrorCode; readonly untilMs: number } | undefined;

  /** @throws FrondError INVALID_CONFIG naming the setting, its value and its bounds */
  constructor({ store, proof, system: given, options = {} }: SnowflakeAllocatorParts) {
    const { timers, random, logger } = given;
    const clock = wholeMsClock(given.clock);
    const system: System = { clock, timers, random, logger };
    const layout = new IdLayout({ ...DEFAULT_LAYOUT, ...layoutOf(options) });
    const settings = keeperSettings(options, store.provesDeath);
    const timeline = new Timeline(layout, settings.rollbackLimitMs, clock, random);
    const changed = () => this.#source.serve();
    const keeper = new SlotKeeper({ store, proof, layout, timeline, settings, system, changed });
    this.layout = layout;
    this.#store = store;
    this.#system = system;
    this.#view = { keeper, timeline, layout, settings, clock };
    this.#timeline = timeline;
    this.#keeper = keeper;
    this.#looks = new StoreCalls(store.name, clock, timers, settings.opTimeoutMs);
    const look = () => this.listWorkers();
    this.#census = store.isFixed ? undefined : new WorkerCensus({ size: layout.maxWorkerId + 1, clock, look });
    this.#source = new SnowflakeSource({
      timeline,
      timers,
      refusal: () => refusalOf(this.#view),
      rejected: error => this.#noteRefusal(error),
      idsPerMs: layout.maxSequence + 1,
      waitDeadlineMs: options.waitDeadlineMs ?? 1000,
      maxWaiters: options.maxWaiters ?? 10_000,
    });
  }

  get state(): AllocatorState {
    const { state, trouble, stats } = this.#keeper;
    switch (state) {
      case 'new':
      case 'stopping':
      case 'stopped':
        return state;
      case 'holding': {
        const obstacle = this.#timeline.obstacle();
        if (obstacle === undefined || obstacle.kind === 'exhausted') return 'ready';
        return obstacle.kind === 'limit' && limitReasonOf(this.#keeper).passing ? 'ready' : 'refusing';
      }
      default:
        return trouble === undefined && stats.fences === 0 ? 'starting' : 'refusing';
    }
  }

  /** IDs given to callers since the start. */
  get issued(): number {
    return this.#timeline.issued;
  }

  /** The worker ID that is held; undefined while there is none. */
  get workerId(): number | undefined {
    return this.#keeper.tenure?.hold.workerId;
  }

  /** All callers share one source; a tag is ignored. */
  source(): SnowflakeSource {
    return this.#source;
  }

  /** @throws FrondError INVALID_ARGUMENT when the layout has no such ID */
  decode(id: bigint): DecodedId {
    return this.layout.decode(id);
  }

  /** Every worker ID of the slot store. @throws FrondError SLOT_STORE_UNAVAILABLE */
  listWorkers(): Promise<readonly WorkerView[]> {
    const { trust } = this.#keeper;
    const sampled = (sampleMs: number) => trust.compare(sampleMs);
    return this.#looks.read(() => readWorkers(this.#store, this.#system.clock.wallMs(), sampled));
  }

  /**
   * How many worker IDs are left, as of a look some minutes ago at the most, while the store can be asked. Undefined
   * before the first look, and where the worker ID is fixed. To be asked now and then: that is what makes it look.
   */
  workerPool(): WorkerPool | undefined {
    const { state, tenure, trust } = this.#keeper;
    if (state === 'new' || state === 'stopping' || state === 'stopped') return undefined;
    // A look compares the clocks as well: one that was wrong may be right again.
    const agrees = Math.abs(trust.skewMs ?? 0) < AGREES_MS;
    return this.#census?.read(tenure !== undefined && agrees);
  }

  start(): Promise<void> {
    const { state } = this.#keeper;
    if (state === 'stopping' || state === 'stopped') {
      return Promise.reject(new FrondError('NOT_READY', { kind: this.kind, state }));
    }
    return this.#keeper.start();
  }

  stop(): Promise<void> {
    return this.#keeper.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Every refusal is counted; the log has the first of a kind, then one each ten seconds. The keeper logs its own. */
  #noteRefusal({ code, message }: FrondError): void {
    const { clock, logger } = this.#system;
    this.#refusals[code] = (this.#refusals[code] ?? 0) + 1;
    if (this.#keeper.trouble !== undefined) return;
    const nowMs = clock.monotonicMs();
    if (this.#logged?.code === code && nowMs < this.#logged.untilMs) return;
    this.#logged = { code, untilMs: nowMs + LOG_PAUSE_MS };
    logger.warn({ code, reason: message, refusals: this.#refusals[code] }, 'a snowflake ID was refused');
  }

  status(): SnowflakeStatus {
    const keeper = this.#keeper;
    const { tenure, stats, trouble } = keeper;
    const wallMs = this.#system.clock.wallMs();
    const remainingLifeMs = this.layout.remainingLifeMs(wallMs);
    const { state } = this;
    const failure = state === 'refusing' ? refusalOf(this.#view, this.#timeline.obstacle()).error() : trouble;
    return {
      kind: this.kind,
      state,
      keeper: keeper.state,
      store: this.#store.name,
      failure: failure?.code ?? null,
      reason: failure?.message ?? null,
      workerId: tenure?.hold.workerId ?? null,
      incarnation: tenure?.hold.data.incarnation ?? null,
      layout: this.layout.toJSON(),
      issued: String(this.issued),
      waiters: this.#source.waiters,
      lastTimeMs: this.#timeline.lastMs,
      floorMs: tenure?.hold.floorMs ?? null,
      limitLeftMs: tenure === undefined ? null : tenure.water.limitMs - wallMs,
      boundLeftMs: tenure === undefined ? null : tenure.water.limit.boundMs - wallMs,
      boundMs: tenure?.water.limit.boundMs ?? null,
      renewalFailure: tenure?.hold.failure ?? null,
      aheadMs: Math.max(0, this.#timeline.lastMs - wallMs),
      absorbedRollbackMs: this.#timeline.absorbedRollbackMs,
      // Not -0, which is no JSON.
      clockDriftMs: Math.round(keeper.trust.driftMs()) || 0,
      storeSkewMs: keeper.trust.skewMs ?? null,
      allowanceMs: keeper.allowanceMs,
      remainingLifeMs,
      remainingLifeYears: Math.round((remainingLifeMs / YEAR_MS) * 10) / 10,
      claims: { ...stats.claims },
      renewals: { ...stats.renewals },
      releases: { ...stats.releases },
      proofs: { ...stats.proofs },
      records: { ...stats.records },
      fences: stats.fences,
      jumpsHeld: stats.jumpsHeld,
      jumpsConfirmed: stats.jumpsConfirmed,
      troubles: { ...stats.troubles },
      misses: { ...this.#timeline.refused },
      refusals: { ...this.#refusals },
    };
  }
}

/** The fields of the layout that are given. */
function layoutOf({ epochMs, timeBits, workerBits, sequenceBits }: Partial<SlotLayout>): Partial<SlotLayout> {
  const fields = { epochMs, timeBits, workerBits, sequenceBits };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
