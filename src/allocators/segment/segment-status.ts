import type { AllocatorState } from '../allocator.ts';
import type { FetchCounts, TagStats } from './segment-stats.ts';

/** One tag in /status; 64-bit figures as decimal text. */
export interface TagStatus {
  readonly tag: string;
  readonly tableStepIds: number;
  readonly stepIds: number;
  readonly issued: string;
  readonly remaining: string;
  readonly highWater: string | null;
  readonly waiters: number;
  readonly rewound: boolean;
  readonly failure: string | null;
  readonly fetches: FetchCounts;
  readonly lastFetchMs: number | null;
}

/** The segment part of /status; plain JSON. */
export interface SegmentStatus {
  readonly kind: 'segment';
  readonly state: AllocatorState;
  readonly store: string;
  /** The code of what keeps the store from being used since the start. */
  readonly failure: string | null;
  /** Live tags, used or not. */
  readonly knownTags: number;
  /** IDs given to callers by all tags, retired ones included. */
  readonly issued: string;
  readonly fetches: FetchCounts;
  /** The tags that were used. */
  readonly tags: readonly TagStatus[];
}

export function statusOfTag(stats: TagStats): TagStatus {
  return {
    tag: stats.tag,
    tableStepIds: stats.tableStepIds,
    stepIds: stats.stepIds,
    issued: String(stats.issuedIds),
    remaining: String(stats.remainingIds),
    highWater: stats.highWater === undefined ? null : String(stats.highWater),
    waiters: stats.waiters,
    rewound: stats.rewound,
    failure: stats.failure ?? null,
    fetches: stats.fetches,
    lastFetchMs: stats.lastFetchMs === undefined ? null : Math.round(stats.lastFetchMs * 1000) / 1000,
  };
}
