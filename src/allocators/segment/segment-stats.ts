/** What a segment allocator counts: plain data for /status and the metrics. */

/**
 * How a fetch ended. `ok`: the range is served. `failed`: the store did not answer, or not sensibly; the outcome is
 * unknown and a range may be lost. `refused`: the store said no (RANGE_EXHAUSTED, UNKNOWN_TAG, STORE_DAMAGED, …).
 * `rewound`: the range overlapped what this process had before, and was thrown away. `discarded`: the range came after
 * the tag was raised above it, retired or stopped, and was thrown away.
 */
export const FETCH_OUTCOMES = ['ok', 'failed', 'refused', 'rewound', 'discarded'] as const;
export type FetchOutcome = (typeof FETCH_OUTCOMES)[number];
export type FetchCounts = Readonly<Record<FetchOutcome, number>>;

export interface TagStats {
  readonly tag: string;
  /** The operator's step. */
  readonly tableStepIds: number;
  /** The size of the latest range by the step policy. */
  readonly stepIds: number;
  /** IDs given to callers; exact to 2^53. */
  readonly issuedIds: number;
  /** IDs at hand; exact to 2^53. */
  readonly remainingIds: number;
  /** The end of the highest range this process ever had, or what it raised maxId to; undefined before that. */
  readonly highWater: bigint | undefined;
  readonly fetches: FetchCounts;
  /** Duration of the latest fetch, milliseconds. */
  readonly lastFetchMs: number | undefined;
  readonly waiters: number;
  /** True while SEGMENT_REWOUND is in force. */
  readonly rewound: boolean;
  /** The code of the latest failure, until a fetch succeeds. */
  readonly failure: string | undefined;
}

/** Counts fetches, of one tag or of all. */
export class FetchMeter {
  readonly #counts = { ok: 0, failed: 0, refused: 0, rewound: 0, discarded: 0 };
  #lastMs: number | undefined;

  record(outcome: FetchOutcome, durationMs: number): void {
    this.#counts[outcome]++;
    this.#lastMs = durationMs;
  }

  get counts(): FetchCounts {
    return { ...this.#counts };
  }

  get lastMs(): number | undefined {
    return this.#lastMs;
  }
}
