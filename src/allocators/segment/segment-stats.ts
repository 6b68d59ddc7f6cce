/** What a segment allocator counts: plain data for /status and the metrics. */

import type { ErrorCode } from '../../errors.ts';

/**
 * How a fetch ended. `ok`: the range is served. `failed`: the store did not answer, or not sensibly; the outcome is
 * unknown and a range may be lost. `refused`: the store said no (RANGE_EXHAUSTED, UNKNOWN_TAG, STORE_DAMAGED, …).
 * `rewound`: the range overlapped what this process had before, and was thrown away. `discarded`: the range came after
 * the tag was raised above it, retired or stopped, and was thrown away.
 */
export const FETCH_OUTCOMES = ['ok', 'failed', 'refused', 'rewound', 'discarded'] as const;
export type FetchOutcome = (typeof FETCH_OUTCOMES)[number];
export type FetchCounts = Readonly<Record<FetchOutcome, number>>;

/** How one tag runs. IDs are exact to 2^53; reserved = issued + dropped + remaining. */
export interface PaceStats {
  /** The operator's step. */
  readonly tableStepIds: number;
  /** The size of the latest range by the step policy. */
  readonly stepIds: number;
  /** IDs of all ranges that came. */
  readonly reservedIds: number;
  /** IDs given to callers. */
  readonly issuedIds: number;
  /** IDs thrown away: below a raised maxId, of a retired tag, at the stop. */
  readonly droppedIds: number;
  /** IDs at hand. */
  readonly remainingIds: number;
  /** The usual rate: over the latest eighth of `segmentTargetMs`, or since the latest look when that is longer. */
  readonly idsPerSecond: number;
  /** How long the IDs at hand last at that rate; undefined at rate 0. */
  readonly secondsToEmpty: number | undefined;
}

/** The latest fetch of a tag, as of now. */
export interface LastFetch {
  readonly outcome: FetchOutcome;
  readonly durationMs: number;
  /** How long ago it ended, by the monotonic clock. */
  readonly agoMs: number;
}

export interface TagStats extends PaceStats {
  readonly tag: string;
  /** The end of the highest range this process ever had, or what it raised maxId to; undefined before that. */
  readonly highWater: bigint | undefined;
  readonly fetches: FetchCounts;
  readonly lastFetch: LastFetch | undefined;
  readonly waiters: number;
  /** True while SEGMENT_REWOUND is in force. */
  readonly rewound: boolean;
  /** The code of the latest failure, until a fetch succeeds. */
  readonly failure: ErrorCode | undefined;
}

/** Counts fetches, of one tag or of all. */
export class FetchMeter implements FetchCounts {
  ok = 0;
  failed = 0;
  refused = 0;
  rewound = 0;
  discarded = 0;
  #last: { readonly outcome: FetchOutcome; readonly durationMs: number; readonly endedMs: number } | undefined;

  /** A fetch that ended at `endedMs` of the monotonic clock. */
  record(outcome: FetchOutcome, durationMs: number, endedMs: number): void {
    this[outcome]++;
    this.#last = { outcome, durationMs, endedMs };
  }

  get counts(): FetchCounts {
    const { ok, failed, refused, rewound, discarded } = this;
    return { ok, failed, refused, rewound, discarded };
  }

  lastAt(nowMs: number): LastFetch | undefined {
    if (this.#last === undefined) return undefined;
    const { outcome, durationMs, endedMs } = this.#last;
    return { outcome, durationMs, agoMs: nowMs - endedMs };
  }
}
