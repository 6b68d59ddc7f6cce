import type { StoreHealth } from '../../stores/range-store.ts';
import type { AllocatorState } from '../allocator.ts';
import type { FetchCounts, FetchOutcome, TagStats } from './segment-stats.ts';
import type { StoreFailure } from './store-circuit.ts';
import type { LeftoverTotals } from './tag-roster.ts';

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
  /** Duration of the latest fetch. */
  readonly lastFetchMs: number | null;
  readonly lastFetchOutcome: FetchOutcome | null;
  /** How long ago the latest fetch ended. */
  readonly lastFetchAgoMs: number | null;
}

/** The segment part of /status; plain JSON. */
export interface SegmentStatus {
  readonly kind: 'segment';
  readonly state: AllocatorState;
  readonly store: string;
  /** The code of what keeps the store from being used since the start. */
  readonly failure: string | null;
  /** Why the store gave no answer to the latest fetch, look-up or reading of the list of tags; null when it gave one. */
  readonly storeFailure: StoreFailure | null;
  /** Live tags, used or not. */
  readonly knownTags: number;
  /** IDs given to callers by all tags, retired ones included. */
  readonly issued: string;
  readonly fetches: FetchCounts;
  /** Times that the store was found to have gone back. */
  readonly rewinds: number;
  /** Unused IDs that went back to the store at the stop. */
  readonly givenBackIds: number;
  /** IDs that were left in the store for another process at the stop, and that were taken of what others left. */
  readonly leftovers: LeftoverTotals;
  readonly health: StoreHealth;
  /** Sums over the live tags that were used, whether or not they are among `tags`. */
  readonly used: UsedTags;
  /** The tags that were used, or those of them that were asked for: see `TagSelection`. */
  readonly tags: readonly TagStatus[];
  /** How many more tags were used, and match, than `tags` shows. */
  readonly tagsOmitted: number;
}

export interface UsedTags {
  readonly count: number;
  /** Of them, those whose latest fetch failed or that SEGMENT_REWOUND is in force for. */
  readonly failing: number;
  readonly reserved: string;
  readonly issued: string;
  readonly dropped: string;
  readonly remaining: string;
  readonly idsPerSecond: number;
  readonly waiters: number;
  /** The tag that would be out of IDs first, were the store away from now on; null when none has a rate. */
  readonly soonestEmpty: { readonly tag: string; readonly seconds: number } | null;
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
    lastFetchMs: stats.lastFetch === undefined ? null : toThousandths(stats.lastFetch.durationMs),
    lastFetchOutcome: stats.lastFetch?.outcome ?? null,
    lastFetchAgoMs: stats.lastFetch === undefined ? null : Math.round(stats.lastFetch.agoMs),
  };
}

/** True when something keeps the tag from its next range. */
export function isFailing({ failure, rewound }: TagStats): boolean {
  return failure !== undefined || rewound;
}

/** One pass over all tags. */
export function sumOfTags(all: readonly TagStats[]): UsedTags {
  let [failing, reserved, issued, dropped, remaining, idsPerSecond, waiters] = [0, 0, 0, 0, 0, 0, 0];
  let soonest: TagStats | undefined;
  for (const each of all) {
    if (isFailing(each)) failing++;
    reserved += each.reservedIds;
    issued += each.issuedIds;
    dropped += each.droppedIds;
    remaining += each.remainingIds;
    idsPerSecond += each.idsPerSecond;
    waiters += each.waiters;
    if ((each.secondsToEmpty ?? Infinity) < (soonest?.secondsToEmpty ?? Infinity)) soonest = each;
  }
  return {
    count: all.length,
    failing,
    reserved: String(reserved),
    issued: String(issued),
    dropped: String(dropped),
    remaining: String(remaining),
    idsPerSecond: toThousandths(idsPerSecond),
    waiters,
    soonestEmpty: soonest === undefined ? null : { tag: soonest.tag, seconds: toThousandths(soonest.secondsToEmpty!) },
  };
}

function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
