import type { LatencyHistogram } from './latency-histogram.ts';

/** One tag that was used. */
export interface TagFigures {
  readonly tag: string;
  readonly stepIds: number;
  readonly reservedIds: number;
  readonly issuedIds: number;
  readonly droppedIds: number;
  readonly remainingIds: number;
  readonly idsPerSecond: number;
  readonly secondsToEmpty: number | undefined;
  readonly highWater: bigint | undefined;
  readonly waiters: number;
  readonly rewound: boolean;
  /** What keeps the tag from its next range. */
  readonly failure: string | undefined;
}

export interface HealthFigures {
  readonly primaries?: readonly { readonly name: string; readonly failure: string | null }[];
  readonly risks: readonly string[];
  readonly ceiling?: CeilingFigures;
}

export interface CeilingFigures {
  readonly failure: string | null;
  readonly degradedTakes: number;
  readonly retries: number;
  readonly discardedRanges: number;
  readonly liftedRows: number;
}

/** What segment metrics are read from: structural, so that this leaf knows no allocator. */
export interface SegmentFigures {
  readonly state: string;
  readonly fetchLatency: LatencyHistogram;
  readonly refusals: Readonly<Partial<Record<string, number>>>;
  tagStats(): readonly TagFigures[];
  totals(): {
    readonly issuedIds: number;
    readonly fetches: Readonly<Record<string, number>>;
    readonly givenBackIds: number;
    readonly leftovers: { readonly leftIds: number; readonly takenIds: number };
    readonly rewinds: number;
  };
  storeContact(): {
    readonly up: boolean;
    readonly listings: Readonly<Record<string, number>>;
    readonly knownTags: number;
  };
  storeHealth(): HealthFigures;
}
