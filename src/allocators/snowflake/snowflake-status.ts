import type { SlotLayout } from '../../stores/slot-store.ts';
import type { AllocatorState } from '../allocator.ts';
import type { KeeperStats } from './keeper-stats.ts';
import type { KeeperState } from './slot-keeper.ts';
import type { RefusalKind } from './timeline.ts';

/** The snowflake part of /status; plain JSON. */
export interface SnowflakeStatus {
  readonly kind: 'snowflake';
  readonly state: AllocatorState;
  /** What the slot keeper is doing. */
  readonly keeper: KeeperState;
  readonly store: string;
  /** The code of what keeps IDs from being given, and the sentence for it; null when nothing does. */
  readonly failure: string | null;
  readonly reason: string | null;
  /** Null while no worker ID is held; as are all figures about the slot. */
  readonly workerId: number | null;
  readonly incarnation: number | null;
  readonly layout: SlotLayout;
  /** IDs given to callers; decimal text. */
  readonly issued: string;
  readonly waiters: number;
  /** The last timestamp used, or the floor; Unix ms. */
  readonly lastTimeMs: number;
  readonly floorMs: number | null;
  /** How far the clock is below the greatest timestamp that may be used; ms. */
  readonly limitLeftMs: number | null;
  /** How far the clock is below the acknowledged bound: how long IDs flow at most without the slot store; ms. */
  readonly boundLeftMs: number | null;
  /** The acknowledged bound: the greatest timestamp that may be used without the slot store; Unix ms. */
  readonly boundMs: number | null;
  /** Why the latest renewal was not acknowledged; null when it was. */
  readonly renewalFailure: string | null;
  /** What `boundLeftMs` is kept at, above the look-ahead, while the slot store answers; ms. */
  readonly allowanceMs: number;
  /** How far the last timestamp is ahead of the wall clock now; ms. */
  readonly aheadMs: number;
  /** The greatest distance of the wall clock behind the last timestamp that was absorbed; ms. */
  readonly absorbedRollbackMs: number;
  /** The change of wall minus monotonic time since the process began; ms. */
  readonly clockDriftMs: number;
  /** How far the wall clock was ahead of the slot store's when they were last compared; null where they never were; ms. */
  readonly storeSkewMs: number | null;
  /** Until the layout is used up. */
  readonly remainingLifeMs: number;
  readonly remainingLifeYears: number;
  readonly claims: KeeperStats['claims'];
  readonly renewals: KeeperStats['renewals'];
  readonly releases: KeeperStats['releases'];
  /** What the record that was found on this host was good for, and the writes of ours. */
  readonly proofs: KeeperStats['proofs'];
  readonly records: KeeperStats['records'];
  readonly fences: number;
  readonly jumpsHeld: number;
  readonly jumpsConfirmed: number;
  /** Reasons for not serving, by error code; each occurrence counts. */
  readonly troubles: KeeperStats['troubles'];
  /** Mints that gave nothing, by reason; `exhausted` counts every look at a used-up millisecond. */
  readonly misses: Readonly<Record<RefusalKind, number>>;
  /** Calls of `next` and `nextMany` that ended with an error, by its code. */
  readonly refusals: KeeperStats['troubles'];
}
