import type { Registry } from 'prom-client';
import { type Across, collectedCounter, collectedGauge, samplesOf } from './collected.ts';
import { onceAScrape } from './once-a-scrape.ts';
import { SNOWFLAKE_CODES } from './refusal-codes.ts';

/** What snowflake metrics are read from: structural, so that this leaf knows no allocator. */
export interface SnowflakeFigures {
  status(): {
    readonly state: string;
    readonly issued: string;
    readonly workerId: number | null;
    readonly limitLeftMs: number | null;
    readonly boundLeftMs: number | null;
    readonly allowanceMs: number;
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
    readonly misses: Readonly<Record<string, number>>;
    readonly refusals: Readonly<Partial<Record<string, number>>>;
  };
  workerPool(): WorkerPoolFigures | undefined;
}

interface WorkerPoolFigures {
  readonly neverUsed: number;
  readonly free: number;
  readonly held: number;
  readonly ageMs: number;
}

type Figures = ReturnType<SnowflakeFigures['status']>;
type Row<T> = readonly [name: string, help: string, value: (figures: Figures) => T];
type GaugeRow = readonly [...Row<number | null>, across: Across];
type LabelledRow = readonly [
  ...Row<Readonly<Partial<Record<string, number>>>>,
  label: string,
  expected?: readonly string[],
];

const seconds = (ms: number | null) => (ms === null ? null : ms / 1000);

const GAUGES: readonly GaugeRow[] = [
  [
    'frond_snowflake_ready',
    '1 while snowflakes are given; at 0 see the refusals.',
    each => (each.state === 'ready' ? 1 : 0),
    'min',
  ],
  [
    'frond_snowflake_worker_id',
    'The worker ID that is held; absent while there is none.',
    each => each.workerId,
    'process',
  ],
  [
    'frond_snowflake_limit_left_seconds',
    'Until the persisted limit, by this clock; when it falls to 0 renewals fail and IDs are refused.',
    each => seconds(each.limitLeftMs),
    'min',
  ],
  [
    'frond_snowflake_bound_left_seconds',
    'How long IDs flow at most while the slot store is away; it falls during an outage.',
    each => seconds(each.boundLeftMs),
    'min',
  ],
  [
    'frond_snowflake_allowance_seconds',
    'What frond_snowflake_bound_left_seconds is kept at while the slot store answers, give or take the look-ahead; 0 where worker slots are on this host.',
    each => seconds(each.allowanceMs),
    'min',
  ],
  [
    'frond_snowflake_ahead_seconds',
    'How far the last ID is ahead of the wall clock: above 0 the clock has gone back. Beyond FROND_ROLLBACK_LIMIT_MS IDs are refused; correct the clock.',
    each => seconds(each.aheadMs),
    'max',
  ],
  [
    'frond_snowflake_store_skew_seconds',
    "How far the wall clock was ahead of the slot store's when they were last compared; look at NTP on both hosts. Absent where the store has no clock.",
    each => seconds(each.storeSkewMs),
    'max',
  ],
  [
    'frond_snowflake_layout_left_seconds',
    'Until the time bits of the layout are used up. Move to a new layout in a new slot store before that.',
    each => seconds(each.remainingLifeMs),
    'min',
  ],
  [
    'frond_snowflake_clock_drift_seconds',
    'How far the wall clock moved against the monotonic clock since the process began; steps show here.',
    each => seconds(each.clockDriftMs),
    'max',
  ],
  [
    'frond_snowflake_absorbed_rollback_seconds',
    'The greatest step back of the clock that was absorbed so far.',
    each => seconds(each.absorbedRollbackMs),
    'max',
  ],
  ['frond_snowflake_waiters', 'Callers that wait for an ID.', each => each.waiters, 'sum'],
];

const COUNTERS: readonly Row<number>[] = [
  ['frond_snowflake_ids_issued_total', 'Snowflake IDs given to callers.', each => Number(each.issued)],
  [
    'frond_snowflake_fences_total',
    'Worker IDs that were lost to another holder; another one is claimed by itself. Look for a paused process or a copied data directory.',
    each => each.fences,
  ],
];

const LABELLED: readonly LabelledRow[] = [
  [
    'frond_snowflake_claims_total',
    'Worker IDs claimed, by path: proof (the last holder is proven dead), created, released, expired (its bound had passed), readBack (our own, its answer was lost), offline.',
    each => each.claims,
    'path',
  ],
  [
    'frond_snowflake_renewals_total',
    'Renewals of the worker slot, by outcome; unknown: no answer, so restore the slot store; lost: somebody else has it.',
    each => each.renewals,
    'outcome',
  ],
  [
    'frond_snowflake_releases_total',
    'Planned ends of a claim, by outcome; what is not acknowledged or parked stays taken up to its bound.',
    each => each.releases,
    'outcome',
  ],
  [
    'frond_snowflake_proofs_total',
    "What the record found on this host at start was good for; 'damaged' or 'unreadable' wants a look at the data directory.",
    each => each.proofs,
    'result',
  ],
  [
    'frond_snowflake_records_total',
    "Writes of this host's record of its worker slot, by outcome; failures are the disk's.",
    each => each.records,
    'outcome',
  ],
  [
    'frond_snowflake_clock_jumps_total',
    'Jumps ahead of the wall clock: held back until confirmed, and confirmed.',
    each => ({ held: each.jumpsHeld, confirmed: each.jumpsConfirmed }),
    'state',
  ],
  [
    'frond_snowflake_misses_total',
    'Looks at the timeline that found no ID, by reason: exhausted (the sequence of this millisecond is used up: load), limit, backwards, closed, epoch.',
    each => each.misses,
    'reason',
  ],
  [
    'frond_snowflake_troubles_total',
    'Failed claims and other reasons for not serving, by error code; docs/errors.md says what ends each.',
    each => each.troubles,
    'code',
    SNOWFLAKE_CODES,
  ],
  [
    'frond_snowflake_refusals_total',
    'Calls for snowflakes that got none, by error code, also where `fallback` gave another kind; docs/errors.md says what ends each.',
    each => each.refusals,
    'code',
    SNOWFLAKE_CODES,
  ],
];

export function registerSnowflakeMetrics(registry: Registry, snowflake: SnowflakeFigures): void {
  const status = onceAScrape(() => snowflake.status());
  for (const [name, help, value, across] of GAUGES) {
    collectedGauge(registry, { name, help, across }, () => [[{}, value(status())]]);
  }
  for (const [name, help, value] of COUNTERS) {
    collectedCounter(registry, { name, help }, () => [[{}, value(status())]]);
  }
  for (const [name, help, value, label, expected] of LABELLED) {
    collectedCounter(registry, { name, help, labels: [label] }, () => samplesOf(label, value(status()), expected));
  }
  registerWorkerPool(registry, snowflake);
}

/** Absent before the first look, and where the worker ID is fixed. */
function registerWorkerPool(registry: Registry, snowflake: SnowflakeFigures): void {
  const pool = onceAScrape(() => snowflake.workerPool());
  collectedGauge(
    registry,
    {
      name: 'frond_snowflake_worker_slots',
      help: 'Worker IDs of the layout by state, as of a look some minutes ago at the most: never_used, free for a starting instance, held or at rest. When the first two run out no instance can start: see frond slots list.',
      labels: ['state'],
      across: 'max',
    },
    () => {
      const seen = pool();
      return seen === undefined
        ? []
        : samplesOf('state', { never_used: seen.neverUsed, free: seen.free, held: seen.held });
    },
  );
  collectedGauge(
    registry,
    {
      name: 'frond_snowflake_worker_slots_age_seconds',
      help: 'How old the figures of frond_snowflake_worker_slots are.',
      across: 'min',
    },
    () => [[{}, seconds(pool()?.ageMs ?? null)]],
  );
}
