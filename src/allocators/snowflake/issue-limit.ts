/**
 * Which timestamps a claim of a worker ID may use: those above `floorMs` and up to `limitMsOf` (I2). Pure.
 *
 * The bound is the greatest timestamp that the slot store has acknowledged to this claim. The covered high-water mark
 * is what every record vouches for from which a successor may start (I4): see high-water.ts. Where a successor always
 * starts above the bound, it only keeps IDs from running ahead of the accepted wall clock by more than the lookahead
 * (I12).
 */
export interface IssueLimit {
  /** Unix ms; every earlier claim of the worker ID stays at or below it. */
  readonly floorMs: number;
  /** Unix ms. */
  readonly coveredMs: number;
  /** Unix ms. */
  readonly boundMs: number;
}

/** The greatest timestamp that may be used now; Unix ms. */
export function limitMsOf(limit: IssueLimit): number {
  return Math.min(limit.coveredMs, limit.boundMs);
}

/** True when there is no timestamp to use yet. */
export function isClosed(limit: IssueLimit): boolean {
  return limitMsOf(limit) <= limit.floorMs;
}

/** The limit with both marks raised; neither ever falls while a claim lasts (I6). */
export function raiseLimit(limit: IssueLimit, coveredMs: number, boundMs: number): IssueLimit {
  return {
    floorMs: limit.floorMs,
    coveredMs: Math.max(limit.coveredMs, coveredMs),
    boundMs: Math.max(limit.boundMs, boundMs),
  };
}

/** What the keeper knows when timestamps run out. */
export interface LimitCircumstances {
  /** How far the wall clock jumped ahead without being accepted; undefined when it is accepted. */
  readonly jumpedMs: number | undefined;
  /** Why the last renewal failed; undefined when it did not. */
  readonly renewalFailure: string | undefined;
  /** Why this host's record was not written; undefined when it was, or there is none. */
  readonly recordFailure: string | undefined;
}

export interface LimitReason {
  readonly text: string;
  /** True when the limit is about to rise by itself, so that waiting makes sense. */
  readonly passing: boolean;
}

/** Why no timestamp is left. */
export function limitReason(circumstances: LimitCircumstances): LimitReason {
  const { jumpedMs, renewalFailure, recordFailure } = circumstances;
  if (jumpedMs !== undefined) {
    return {
      text: `the wall clock jumped ${Math.round(jumpedMs)} ms ahead and nothing confirms it yet`,
      passing: false,
    };
  }
  if (renewalFailure !== undefined) {
    return { text: `the slot store does not acknowledge renewals (${renewalFailure})`, passing: false };
  }
  if (recordFailure !== undefined) {
    return { text: `this host cannot keep its record of the slot (${recordFailure})`, passing: false };
  }
  return { text: 'a renewal of the slot is due', passing: true };
}
