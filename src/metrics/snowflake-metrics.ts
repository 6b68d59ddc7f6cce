import type { Registry } from 'prom-client';
import { collectedCounter, collectedGauge, samplesOf } from './collected.ts';

/** What snowflake metrics are read from: structural, so that this leaf knows no allocator. */
export interface SnowflakeFigures {
  status(): {
    readonly state: string;
    readonly issued: string;
    readonly workerId: number | null;
    readonly limitLeftMs: number | null;
    readonly boundLeftMs: number | null;
    readonly aheadMs: number;
    readonly storeSkewMs: number | null;
    readonly jumpsHeld: number;
    readonly jumpsConfirmed: number;
    readonly remainingLifeMs: number;
    readonly clockDriftMs: number;
    readonly absorbedRollbackMs: number;
    readonly waiters: number;
    readonly fences: number;
    readonly claims: Readonly<Record<string, number>>;
    readonly renewals: Readonly<Record<string, number>>;
    readonly releases: Readonly<Record<string, number>>;
    readonly proofs: Readonly<Record<string, number>>;
    readonly records: Readonly<Record<string, number>>;
    readonly troubles: Readonly<Partial<Record<string, number>>>;
    readonly refusals: Readonly<Partial<Record<string, number>>>;
  };
}

export function registerSnowflakeMetrics(registry: Registry, snowflake: SnowflakeFigures): void {
  type Figures = ReturnType<SnowflakeFigures['status']>;
  const gauge = (name: string, help: string, value: (figures: Figures) => number | null) =>
    collectedGauge(registry, name, help, () => [[{}, value(snowflake.status())]]);
  const counter = (name: string, help: string, value: (figures: Figures) => number) =>
    collectedCounter(registry, name, help, () => [[{}, value(snowflake.status())]]);
  type Counts = 'claims' | 'renewals' | 'releases' | 'proofs' | 'records' | 'troubles' | 'refusals';
  const byLabel = (name: string, help: string, label: string, key: Counts) =>
    collectedCounter(registry, name, help, () => samplesOf(label, snowflake.status()[key]));
  const seconds = (ms: number | null) => (ms === null ? null : ms / 1000);

  collectedGauge(registry, 'frond_snowflake_ready', '1 while snowflakes are given; at 0 see the refusals.', () => [
    [{}, snowflake.status().state === 'ready' ? 1 : 0],
  ]);
  counter('frond_snowflake_ids_issued_total', 'Snowflake IDs given to callers.', each => Number(each.issued));
  gauge('frond_snowflake_worker_id', 'The worker ID that is held; absent while there is none.', each => each.workerId);
  gauge(
    'frond_snowflake_limit_left_seconds',
    'Until the persisted limit, by this clock; when it falls to 0 renewals fail and IDs are refused.',
    each => seconds(each.limitLeftMs),
  );
  gauge(
    'frond_snowflake_bound_left_seconds',
    'How long IDs flow at most while the slot store is away; it falls during an outage.',
    each => seconds(each.boundLeftMs),
  );
  gauge('frond_snowflake_ahead_seconds', 'How far the last ID is ahead of the wall clock.', each =>
    seconds(each.aheadMs),
  );
  gauge(
    'frond_snowflake_store_skew_seconds',
    "How far the wall clock was ahead of the slot store's when they were last compared.",
    each => seconds(each.storeSkewMs),
  );
  gauge('frond_snowflake_layout_left_seconds', 'Until the time bits of the layout are used up.', each =>
    seconds(each.remainingLifeMs),
  );
  gauge(
    'frond_snowflake_clock_drift_seconds',
    'How far the wall clock moved against the monotonic clock since the process began; steps show here.',
    each => seconds(each.clockDriftMs),
  );
  gauge(
    'frond_snowflake_absorbed_rollback_seconds',
    'The greatest step back of the clock that was absorbed so far.',
    each => seconds(each.absorbedRollbackMs),
  );
  gauge('frond_snowflake_waiters', 'Callers that wait for an ID.', each => each.waiters);
  counter('frond_snowflake_fences_total', 'Worker IDs that were lost to another holder.', each => each.fences);
  byLabel('frond_snowflake_claims_total', 'Worker IDs claimed, by path.', 'path', 'claims');
  byLabel('frond_snowflake_renewals_total', 'Renewals of the worker slot, by outcome.', 'outcome', 'renewals');
  byLabel(
    'frond_snowflake_releases_total',
    'Planned ends of a claim, by outcome; what is not acknowledged or parked stays taken up to its bound.',
    'outcome',
    'releases',
  );
  byLabel(
    'frond_snowflake_proofs_total',
    "What the record found on this host at start was good for; 'damaged' or 'unreadable' wants a look at the data directory.",
    'result',
    'proofs',
  );
  byLabel(
    'frond_snowflake_records_total',
    "Writes of this host's record of its worker slot, by outcome; failures are the disk's.",
    'outcome',
    'records',
  );
  collectedCounter(
    registry,
    'frond_snowflake_clock_jumps_total',
    'Jumps ahead of the wall clock: held back until confirmed, and confirmed.',
    () => {
      const { jumpsHeld, jumpsConfirmed } = snowflake.status();
      return samplesOf('state', { held: jumpsHeld, confirmed: jumpsConfirmed });
    },
  );
  byLabel(
    'frond_snowflake_troubles_total',
    'Failed claims and other reasons for not serving, by error code.',
    'code',
    'troubles',
  );
  byLabel('frond_snowflake_refusals_total', 'Refusals, by error code.', 'code', 'refusals');
}
