import type { Clock } from '../../system/clock.ts';
import type { FetchTimes } from './fetch-times.ts';
import { RateEstimate, type Rates } from './rate-estimate.ts';
import type { SegmentBuffer } from './segment-buffer.ts';
import type { SegmentOptions } from './segment-options.ts';
import type { PaceStats } from './segment-stats.ts';
import { lowMarkIds, type StepLimits, stepIdsFor, stepMostIds, USUAL_SHARE } from './step-policy.ts';
import { sizeOf } from './taken-range.ts';

/** The rate is looked at again when this share of what is left now is left: early, for it may have risen since. */
const LOOK_AGAIN = 15 / 16;
/** And of a young tag, so that its first batch alone does not fetch a range that is sized by it. */
const LOOK_AGAIN_YOUNG = 0.75;

export interface PaceContext {
  readonly clock: Clock;
  readonly options: Pick<SegmentOptions, 'segmentTargetMs' | 'stepMaxIds'>;
  readonly fetchTimes: FetchTimes;
}

/**
 * When to fetch for one tag and how much. It knows what came in and what was thrown away; what was given follows from
 * that and the buffer, so no ID is ever counted.
 */
export class TagPace {
  readonly #context: PaceContext;
  readonly #buffer: SegmentBuffer;
  readonly #rate: RateEstimate;
  #tableStepIds: number;
  #stepIds: number;
  #reservedIds = 0;
  #droppedIds = 0;
  #neededSinceMs: number | undefined;
  /** The numbers end before a grown range would: the table's step from now on, which may still fit. */
  #nearEnd = false;

  constructor(context: PaceContext, buffer: SegmentBuffer, tableStepIds: number) {
    this.#context = context;
    this.#buffer = buffer;
    this.#rate = new RateEstimate(context.options.segmentTargetMs * USUAL_SHARE);
    this.#tableStepIds = tableStepIds;
    this.#stepIds = tableStepIds;
  }

  /** The table's step, which counts from the next fetch on. */
  learn(tableStepIds: number): void {
    this.#tableStepIds = tableStepIds;
  }

  /** An ID was wanted and none was there. */
  starved(): void {
    if (!this.#rate.starved) this.#rate.starve(this.#context.clock.monotonicMs(), this.#issuedIds);
  }

  /** True when it is time for a further range; else the buffer's low mark is set to where that is to be asked again. */
  needsRange(): boolean {
    if (!this.#buffer.needsRange) return false;
    const leftIds = Number(this.#buffer.remainingIds);
    if (leftIds === 0) return true;
    const nowMs = this.#context.clock.monotonicMs();
    this.#rate.look(nowMs, this.#issuedIds);
    const lowIds = this.#isWhole ? 0 : lowMarkIds(this.#ratesAt(nowMs), this.#context.fetchTimes.p99Ms, this.#limits);
    if (leftIds <= lowIds) return true;
    const share = this.#rate.isYoung(nowMs) ? LOOK_AGAIN_YOUNG : LOOK_AGAIN;
    const againIds = this.#isWhole ? 0 : Math.max(lowIds, Math.floor(leftIds * share));
    this.#buffer.setLowMark(BigInt(againIds));
    return false;
  }

  /** A fetch begins. @returns how many IDs to ask for */
  beginFetch(): number {
    const nowMs = this.#context.clock.monotonicMs();
    this.#neededSinceMs ??= nowMs;
    if (this.#nearEnd) return this.#tableStepIds;
    return stepIdsFor(this.#ratesAt(nowMs), Number(this.#buffer.remainingIds), this.#limits);
  }

  /** So many IDs would have passed the last number. @returns true when fewer are worth asking for */
  exhausted(askedIds: number): boolean {
    this.#nearEnd = true;
    return askedIds > this.#tableStepIds;
  }

  get nearEnd(): boolean {
    return this.#nearEnd;
  }

  /** A range of so many IDs has come and is about to be given out; `stepIds` as `beginFetch` said. */
  received(ids: number, stepIds: number): void {
    const nowMs = this.#context.clock.monotonicMs();
    if (this.#neededSinceMs !== undefined) this.#context.fetchTimes.record(nowMs - this.#neededSinceMs);
    this.#neededSinceMs = undefined;
    this.#rate.resume(nowMs);
    this.#stepIds = stepIds;
    this.#reservedIds += ids;
  }

  /** A range of so many IDs has come and is thrown away. */
  discarded(ids: number): void {
    this.#neededSinceMs = undefined;
    this.#reservedIds += ids;
    this.#droppedIds += ids;
  }

  /** So many IDs of the buffer are about to be thrown away, or have just been. */
  dropped(ids: bigint): void {
    this.#droppedIds += Number(ids);
  }

  stats(): PaceStats {
    const nowMs = this.#context.clock.monotonicMs();
    this.#rate.look(nowMs, this.#issuedIds);
    const { usual } = this.#rate.at(nowMs, this.#issuedIds);
    const remainingIds = Number(this.#buffer.remainingIds);
    return {
      tableStepIds: this.#tableStepIds,
      stepIds: this.#stepIds,
      reservedIds: this.#reservedIds,
      issuedIds: this.#issuedIds,
      droppedIds: this.#droppedIds,
      remainingIds,
      idsPerSecond: usual * 1000,
      secondsToEmpty: usual > 0 ? remainingIds / (usual * 1000) : undefined,
    };
  }

  /** A second range is there, and a third would be no larger whatever the rate. */
  get #isWhole(): boolean {
    const latest = this.#buffer.latestFollowing;
    return latest !== undefined && (this.#nearEnd || Number(sizeOf(latest)) >= stepMostIds(this.#limits));
  }

  /** While a second range is there, a third is for a rate that has become usual: a burst that is over soon leaves none. */
  #ratesAt(nowMs: number): Rates {
    const rates = this.#rate.at(nowMs, this.#issuedIds);
    return this.#buffer.latestFollowing === undefined ? rates : { ...rates, latest: 0, brief: 0 };
  }

  get #issuedIds(): number {
    return this.#reservedIds - this.#droppedIds - Number(this.#buffer.remainingIds);
  }

  get #limits(): StepLimits {
    const { segmentTargetMs, stepMaxIds } = this.#context.options;
    return { tableStepIds: this.#tableStepIds, targetMs: segmentTargetMs, stepMaxIds };
  }
}
