import type { Registry } from 'prom-client';
import { collectedCounter, collectedGauge, samplesOf } from './collected.ts';

/** What snowflake metrics are read from: structural, so that this leaf knows no allocator. */
export interface SnowflakeFigures {
  status(): {
    readonly state: string;
    readonly issued: string;
    readonly workerId: number | null;
    readonly limitLeftMs: number | null;
    readonly remainingLifeMs: number;
    readonly clockDriftMs: number;
    readonly absorbedRollbackMs: number;
    readonly waiters: number;
    readonly fences: number;
    readonly claims: Readonly<Record<string, number>>;
    readonly renewals: Readonly<Record<string, number>>;
    readonly refusals: Readonly<Partial<Record<string, number>>>;
  };
}

export function registerSnowflakeMetrics(registry: Registry, snowflake: SnowflakeFigures): void {
  type Figures = ReturnType<SnowflakeFigures['status']>;
  const gauge = (name: string, help: string, value: (figures: Figures) => number | null) =>
    collectedGauge(registry, name, help, () => [[{}, value(snowflake.status())]]);
  const counter = (name: string, help: string, value: (figures: Figures) => number) =>
    collectedCounter(registry, name, help, () => [[{}, value(snowflake.status())]]);
  const byLabel = (name: string, help: string, label: string, key: 'claims' | 'renewals' | 'refusals') =>
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
  byLabel('frond_snowflake_refusals_total', 'Refusals, by error code.', 'code', 'refusals');
}
