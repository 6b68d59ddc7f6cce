import { STEP_MAX_IDS } from '../../stores/range-store.ts';
import type { Rates } from './rate-estimate.ts';

export interface StepLimits {
  /** The operator's step in the table: the least that is ever asked for, 1 to 2^31 - 1. */
  readonly tableStepIds: number;
  /** How long a range should last, milliseconds. */
  readonly targetMs: number;
  /** Where growth ends; a larger step in the table is honoured all the same. */
  readonly stepMaxIds: number;
}

/** What is left may fall to this share of a range that lasts the target, before the next one is fetched. */
const RESERVE = 0.75;
/** Longest time, as a share of the target, that a fetch is expected to take; what takes longer is an outage. */
const FETCH_SHARE = 1 / 8;
/** A fetch is expected to take this many times what the slowest of the recent hundred took. */
const SAFETY = 2;
/** The longest pause after a first failure (`RetryGate`): room for one try that fails. */
const FIRST_PAUSE_MS = 100;

/** The usual rate is that of the latest eighth of the target, or of the time since the latest look when that is longer. */
export const USUAL_SHARE = 1 / 8;

/**
 * The size of the next range: straight to rate × target, where Leaf's doubling arrives in the end.
 *
 * The rate is the larger of the brief one (a burst is met with the first range that is fetched in it) and the usual one
 * (a lull of a second is not the end of the traffic). When less than half a target is left, as in a burst whose first
 * ranges were sized too small, the range fills it up to one: so what a burst that ends within a quarter of the target
 * can leave unused is one target at its rate, above what was at hand before.
 * @param leftIds IDs at hand
 * @returns 1 to 2^31 - 1, never below the table's step and never above the larger of `stepMaxIds` and that step
 */
export function stepIdsFor(rates: Rates, leftIds: number, limits: StepLimits): number {
  const { tableStepIds, targetMs } = limits;
  const aimIds = Math.ceil(Math.max(rates.brief, rates.usual) * targetMs);
  const lackIds = leftIds < aimIds / 2 ? aimIds - leftIds : aimIds;
  return Math.min(stepMostIds(limits), Math.max(tableStepIds, lackIds));
}

/** The largest range that is ever asked for, 1 to 2^31 - 1. */
export function stepMostIds({ tableStepIds, stepMaxIds }: StepLimits): number {
  return Math.min(STEP_MAX_IDS, Math.max(stepMaxIds, tableStepIds));
}

/**
 * How many IDs may be left when the next range is fetched. It is the largest of three:
 *
 * - Three quarters of a target at the usual rate. The point of ranges that last 15 minutes is that the database may be
 *   away for about that long. The worst moment for it to go is just before a prefetch; then this is all there is: 11
 *   minutes. An earlier prefetch would keep up to two whole ranges in hand all the time, a later one less than the 10
 *   minutes that have to be survived. (With ranges of one target no rule can do that and never hold more than 20
 *   minutes; this one holds up to 26.) The usual rate, not the brief one: a burst that is over soon leaves no range.
 * - Three quarters of the table's step: the operator sized it for an outage at the peak, which a quiet hour must not
 *   forget.
 * - What the latest rate uses up while a fetch runs: twice the p99 of recent ones, and room for one that fails. It
 *   counts where a range lasts no longer than a few fetches, at the limit of the step or at the beginning of a burst.
 *
 * @param fetchP99Ms the p99 of how long recent ranges took to come, back-off included, milliseconds
 * @returns an integer, 1 or more
 */
export function lowMarkIds(rates: Rates, fetchP99Ms: number, limits: StepLimits): number {
  const { tableStepIds, targetMs } = limits;
  const fetchMs = Math.min(targetMs * FETCH_SHARE, fetchP99Ms * SAFETY + FIRST_PAUSE_MS);
  const reserveIds = RESERVE * Math.max(tableStepIds, rates.usual * targetMs);
  return Math.ceil(Math.max(reserveIds, rates.latest * fetchMs));
}
