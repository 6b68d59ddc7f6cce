import { row, show } from './row.ts';

/** Refusals of snowflake mode and its slot stores. */
export const SNOWFLAKE_ERRORS = {
  CLOCK_BACKWARDS: row(
    503,
    true,
    'The wall clock went back too far',
    'Correct the clock (NTP should slew, not step); IDs flow again by themselves when it has caught up.',
    (d: { behindMs: number; limitMs: number }) =>
      `The clock is ${d.behindMs} ms behind the last issued ID (limit ${d.limitMs} ms)`,
  ),
  CLOCK_BEHIND: row(
    503,
    true,
    'The wall clock is behind the time already used',
    'Correct the clock, or wait where worker IDs were made anew with `--slots-lost`; IDs flow by themselves as soon as it has passed the persisted time.',
    (d: { workerId: number; behindMs: number; waitMaxMs: number; opinion: string }) =>
      `The clock is ${d.behindMs} ms behind the time persisted for worker ${d.workerId} (waits up to ${d.waitMaxMs} ms at start); ${d.opinion}`,
  ),
  CLOCK_SKEW: row(
    503,
    true,
    'The clock disagrees with the slot store',
    'Correct the clock of this host (or of the slot store); Frond tries again by itself.',
    (d: { skewMs: number; limitMs: number }) =>
      `The clock differs from the slot store's by ${d.skewMs} ms (limit ${d.limitMs} ms)`,
  ),
  LIMIT_REACHED: row(
    503,
    true,
    'Timestamps are used up to the persisted limit',
    'Restore what the reason names; IDs flow again after the next successful renewal.',
    (d: { aheadMs: number; reason: string }) =>
      `The next timestamp is ${d.aheadMs} ms above the persisted limit: ${d.reason}`,
  ),
  EPOCH_EXHAUSTED: row(
    503,
    false,
    'The clock is outside the range of the layout',
    'Correct the clock, or move to a layout with a later epoch or more time bits.',
    (d: { timeMs: number; firstMs: number; lastMs: number }) =>
      `Time ${d.timeMs} is outside ${d.firstMs}..${d.lastMs} ms of this layout`,
  ),
  LAYOUT_MISMATCH: row(
    503,
    false,
    'The ID layout is not the one the slots were made with',
    'Set the epoch and bits back, or use a new slot store; a changed layout could repeat IDs.',
    (d: { field: string; configured: unknown; stored: unknown }) =>
      `${d.field} is ${show(d.configured)} but the slot store was made with ${show(d.stored)}`,
  ),
  NO_FREE_SLOT: row(
    503,
    true,
    'Every worker ID is held',
    'Stop an instance that is not needed. The worker ID of one that died frees itself: at once where its lock shows the death, else when its bound has passed.',
    (d: { slots: number; nextFreeMs: number | undefined }) =>
      `All ${d.slots} worker IDs are held${d.nextFreeMs === undefined ? '' : `; the next may be free in ${d.nextFreeMs} ms`}`,
  ),
  SLOT_IN_USE: row(
    503,
    true,
    'The worker ID may be in use',
    'Stop the process that uses it, or wait until its bound has passed; a fixed number belongs to one instance only.',
    (d: { workerId: number; reason: string }) => `Worker ID ${d.workerId} cannot be had: ${d.reason}`,
  ),
  UNKNOWN_WORKER: row(
    404,
    false,
    'The worker ID was never used',
    'See "frond slots list" for those that were.',
    (d: { workerId: number; store: string }) => `Worker ID ${d.workerId} has no record in ${d.store}`,
  ),
  SLOT_LOST: row(
    503,
    true,
    'The worker ID was taken over',
    'Nothing needs doing: a new worker ID is claimed by itself. Look for a paused process or a copied data directory.',
    (d: { workerId: number; reason: string }) => `Worker ID ${d.workerId} is no longer ours: ${d.reason}`,
  ),
  SLOT_STORE_UNAVAILABLE: row(
    503,
    true,
    'The slot store cannot be used',
    'Restore it; Frond tries again by itself.',
    (d: { store: string; reason: string }) => `${d.store}: ${d.reason}`,
  ),
} as const;
