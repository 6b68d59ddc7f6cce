import type { StoreHealth } from '../../stores/range-store.ts';
import type { AllocatorState } from '../allocator.ts';
import type { FetchCounts, TagStats } from './segment-stats.ts';

/** One tag in /status; 64-bit figures as decimal text. */
export interface TagStatus {
  readonly tag: string;
  readonly tableStepIds: number;
  readonly stepIds: number;
  readonly reserved: string;
  readonly issued: string;
  readonly dropped: string;
  readonly remaining: string;
  readonly idsPerSecond: number;
  /** How long the remaining IDs last at that rate; null at rate 0. */
  readonly secondsToEmpty: number | null;
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
  /** Times that the store was found to have gone back. */
  readonly rewinds: number;
  /** Unused IDs that went back to the store at the stop. */
  readonly givenBackIds: number;
  readonly health: StoreHealth;
  /** The tags that were used. */
  readonly tags: readonly TagStatus[];
}

export function statusOfTag(stats: TagStats): TagStatus {
  return {
    tag: stats.tag,
    tableStepIds: stats.tableStepIds,
    stepIds: stats.stepIds,
    reserved: String(stats.reservedIds),
    issued: String(stats.issuedIds),
    dropped: String(stats.droppedIds),
    remaining: String(stats.remainingIds),
    idsPerSecond: toThousandths(stats.idsPerSecond),
    secondsToEmpty: stats.secondsToEmpty === undefined ? null : toThousandths(stats.secondsToEmpty),
    highWater: stats.highWater === undefined ? null : String(stats.highWater),
    waiters: stats.waiters,
    rewound: stats.rewound,
    failure: stats.failure ?? null,
    fetches: stats.fetches,
    lastFetchMs: stats.lastFetchMs === undefined ? null : toThousandths(stats.lastFetchMs),
  };
}

function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
