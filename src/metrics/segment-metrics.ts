import type { Registry } from 'prom-client';
import { collectedCounter, collectedGauge, collectedHistogram, type Sample, samplesOf } from './collected.ts';
import type { LatencyHistogram } from './latency-histogram.ts';

interface TagFigures {
  readonly tag: string;
  readonly stepIds: number;
  readonly reservedIds: number;
  readonly issuedIds: number;
  readonly droppedIds: number;
  readonly remainingIds: number;
  readonly idsPerSecond: number;
  readonly secondsToEmpty: number | undefined;
  readonly waiters: number;
  readonly rewound: boolean;
}

/** What segment metrics are read from: structural, so that this leaf knows no allocator. */
export interface SegmentFigures {
  readonly state: string;
  readonly fetchLatency: LatencyHistogram;
  tagStats(): readonly TagFigures[];
  totals(): {
    readonly issuedIds: number;
    readonly fetches: Readonly<Record<string, number>>;
    readonly givenBackIds: number;
    readonly rewinds: number;
  };
  storeHealth(): HealthFigures;
}

interface HealthFigures {
  readonly primaries?: readonly { readonly name: string; readonly failure: string | null }[];
  readonly risks: readonly string[];
  readonly ceiling?: {
    readonly failure: string | null;
    readonly degradedTakes: number;
    readonly retries: number;
    readonly discardedRanges: number;
    readonly liftedRows: number;
  };
}

const add = (a: number, b: number): number => a + b;

/** Tags beyond the limit are summed under this label; no tag can have the name, since a tag begins with a letter or digit. */
const REST = '(other)';

/** @param tagLimit tags with series of their own, in the order of their first use */
export function registerSegmentMetrics(registry: Registry, segment: SegmentFigures, tagLimit: number): void {
  const perTag =
    (value: (figures: TagFigures) => number, combine = add) =>
    (): Sample[] => {
      const tags = segment.tagStats();
      const shown = tags.slice(0, tagLimit).map(each => [{ tag: each.tag }, value(each)] as const);
      if (tags.length <= tagLimit) return shown;
      return [
        ...shown,
        [
          { tag: REST },
          tags
            .slice(tagLimit)
            .map(value)
            .reduce((a, b) => combine(a, b)),
        ],
      ];
    };
  const gauge = (name: string, help: string, value: (figures: TagFigures) => number) =>
    collectedGauge(registry, name, help, perTag(value));

  collectedGauge(registry, 'frond_segment_ready', '1 while segment mode serves; at 0 look at the range store.', () => [
    [{}, segment.state === 'ready' ? 1 : 0],
  ]);
  const counter = (name: string, help: string, value: (figures: TagFigures) => number) =>
    collectedCounter(registry, name, help, perTag(value));
  counter('frond_segment_ids_reserved_total', 'IDs taken from the range store, by tag.', each => each.reservedIds);
  counter('frond_segment_ids_issued_total', 'Segment IDs given to callers, by tag.', each => each.issuedIds);
  counter(
    'frond_segment_ids_dropped_total',
    'IDs taken and thrown away by tag: the tag was raised above them, or retired. Those of a crash are not in it.',
    each => each.droppedIds,
  );
  gauge('frond_segment_remaining_ids', 'IDs at hand without the range store.', each => each.remainingIds);
  gauge('frond_segment_ids_per_second', 'The usual rate, which the low mark is set by.', each => each.idsPerSecond);
  collectedGauge(
    registry,
    'frond_segment_seconds_to_empty',
    'How long the IDs at hand last at the usual rate: how long the range store may be away. +Inf at rate 0.',
    perTag(each => each.secondsToEmpty ?? Number.POSITIVE_INFINITY, Math.min),
  );
  gauge('frond_segment_step_ids', 'Size of the latest range.', each => each.stepIds);
  gauge('frond_segment_waiters', 'Callers that wait for a range.', each => each.waiters);
  gauge('frond_segment_rewound', '1 while SEGMENT_REWOUND is in force: raise maxId of the tag.', each =>
    each.rewound ? 1 : 0,
  );
  collectedCounter(
    registry,
    'frond_segment_fetches_total',
    'Ranges asked for, by outcome (ok, failed: no answer, refused: the store said no, rewound, discarded).',
    () => samplesOf('outcome', segment.totals().fetches),
  );
  collectedCounter(
    registry,
    'frond_segment_ids_given_back_total',
    'Unused IDs that went back to the range store when segment mode stopped in order.',
    () => [[{}, segment.totals().givenBackIds]],
  );
  collectedHistogram(
    registry,
    'frond_segment_fetch_duration_seconds',
    'Duration of range fetches of every outcome.',
    () => [[{}, segment.fetchLatency]],
  );
  collectedCounter(
    registry,
    'frond_segment_rewinds_total',
    'Times that a tag of the database was found to have gone back, by what followed (refused, lifted by the ceiling).',
    () =>
      samplesOf('action', {
        refused: segment.totals().rewinds,
        lifted: segment.storeHealth().ceiling?.liftedRows ?? 0,
      }),
  );
  const help = 'Ways in which the database may forget what it has acknowledged, as of the latest look; see /status.';
  collectedGauge(registry, 'frond_segment_store_risks', help, () => [[{}, segment.storeHealth().risks.length]]);
  collectedGauge(
    registry,
    'frond_segment_primary_up',
    'Where several primaries share the numbers: 0 while one is left out.',
    () => (segment.storeHealth().primaries ?? []).map(each => [{ primary: each.name }, each.failure === null ? 1 : 0]),
  );
  registerCeilingMetrics(registry, segment);
}

/** None where the ranges are under no ceiling. */
function registerCeilingMetrics(registry: Registry, segment: SegmentFigures): void {
  type Ceiling = NonNullable<HealthFigures['ceiling']>;
  const read = (value: (ceiling: Ceiling) => number) => (): Sample[] => {
    const { ceiling } = segment.storeHealth();
    return ceiling === undefined ? [] : [[{}, value(ceiling)]];
  };
  const counter = (name: string, help: string, value: (ceiling: Ceiling) => number) =>
    collectedCounter(registry, name, help, read(value));
  collectedGauge(
    registry,
    'frond_segment_ceiling_up',
    '0 while the ceiling cannot be kept.',
    read(each => (each.failure === null ? 1 : 0)),
  );
  counter(
    'frond_segment_degraded_takes_total',
    'Ranges given without the ceiling: each can repeat after a failover of the database.',
    each => each.degradedTakes,
  );
  counter(
    'frond_segment_ceiling_retries_total',
    'Changes of a ceiling that another process forestalled.',
    each => each.retries,
  );
  counter(
    'frond_segment_ceiling_discarded_ranges_total',
    'Ranges thrown away because their ceiling could not be raised: gaps, never repeats.',
    each => each.discardedRanges,
  );
}
