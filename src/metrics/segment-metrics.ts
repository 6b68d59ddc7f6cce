import type { Registry } from 'prom-client';
import { collectedCounter, collectedGauge, collectedHistogram, type Sample, samplesOf } from './collected.ts';
import { onceAScrape } from './once-a-scrape.ts';
import { SEGMENT_CODES } from './refusal-codes.ts';
import type { CeilingFigures, SegmentFigures } from './segment-figures.ts';
import { registerTagMetrics, type TagLimits } from './tag-metrics.ts';

export function registerSegmentMetrics(registry: Registry, segment: SegmentFigures, limits: TagLimits): void {
  const gauge = (name: string, help: string, value: () => number, across: 'sum' | 'min' | 'max') =>
    collectedGauge(registry, { name, help, across }, () => [[{}, value()]]);
  const flag = (value: boolean) => (value ? 1 : 0);
  gauge(
    'frond_segment_ready',
    '1 while segment mode serves; at 0 look at the range store.',
    () => flag(segment.state === 'ready'),
    'min',
  );
  const contact = () => segment.storeContact();
  gauge(
    'frond_segment_store_up',
    '0 from a fetch, a look-up of a tag or a reading of the list of tags that the range store gave no answer to until the next that it answers (what callers ask of /tags does not count); IDs go on for frond_segment_seconds_to_empty. Restore the database.',
    () => flag(contact().up),
    'min',
  );
  gauge('frond_segment_known_tags', 'Live tags, used or not.', () => contact().knownTags, 'max');
  registerTagMetrics(registry, segment, limits);
  registerStoreCalls(registry, segment);
  gauge(
    'frond_segment_store_risks',
    'Ways in which the database may forget what it has acknowledged, as of the latest look; /status and the log name them.',
    () => segment.storeHealth().risks.length,
    'max',
  );
  collectedGauge(
    registry,
    {
      name: 'frond_segment_primary_up',
      help: 'Where several primaries share the numbers: 0 while one is left out. Restore it.',
      labels: ['primary'],
      across: 'min',
    },
    () => (segment.storeHealth().primaries ?? []).map(each => [{ primary: each.name }, flag(each.failure === null)]),
  );
  registerCeilingMetrics(registry, segment);
}

function registerStoreCalls(registry: Registry, segment: SegmentFigures): void {
  const counter = (name: string, help: string, label: string | undefined, read: () => readonly Sample[]) =>
    collectedCounter(registry, { name, help, labels: label === undefined ? [] : [label] }, read);
  const totals = onceAScrape(() => segment.totals());
  counter(
    'frond_segment_refusals_total',
    'Calls for segment IDs that got none, by error code, also where `fallback` gave another kind; docs/errors.md says what ends each.',
    'code',
    () => samplesOf('code', segment.refusals, SEGMENT_CODES),
  );
  counter(
    'frond_segment_fetches_total',
    'Ranges asked for, by outcome (ok, failed: no answer, and a range may be lost, refused: the store said no, rewound, discarded).',
    'outcome',
    () => samplesOf('outcome', totals().fetches),
  );
  counter(
    'frond_segment_listings_total',
    'Lists of tags asked for, every FROND_TAG_REFRESH_MS, by outcome (ok, failed).',
    'outcome',
    () => samplesOf('outcome', segment.storeContact().listings),
  );
  counter(
    'frond_segment_ids_given_back_total',
    'Unused IDs that went back to the range store when segment mode stopped in order.',
    undefined,
    () => [[{}, totals().givenBackIds]],
  );
  counter(
    'frond_segment_leftover_ids_total',
    'Unused IDs that one process left in the range store for another, by action (left, when segment mode stopped in order; taken, of what others left).',
    'action',
    () => samplesOf('action', { left: totals().leftovers.leftIds, taken: totals().leftovers.takenIds }),
  );
  const help = 'Duration of range fetches of every outcome.';
  collectedHistogram(registry, { name: 'frond_segment_fetch_duration_seconds', help }, () => [
    [{}, segment.fetchLatency],
  ]);
  counter(
    'frond_segment_rewinds_total',
    'Times that a tag of the database was found to have gone back, by what followed (refused, lifted by the ceiling). Find out what made the database forget.',
    'action',
    () => samplesOf('action', { refused: totals().rewinds, lifted: segment.storeHealth().ceiling?.liftedRows ?? 0 }),
  );
}

/** None where the ranges are under no ceiling. */
function registerCeilingMetrics(registry: Registry, segment: SegmentFigures): void {
  const read = (value: (ceiling: CeilingFigures) => number) => (): Sample[] => {
    const { ceiling } = segment.storeHealth();
    return ceiling === undefined ? [] : [[{}, value(ceiling)]];
  };
  const counter = (name: string, help: string, value: (ceiling: CeilingFigures) => number) =>
    collectedCounter(registry, { name, help }, read(value));
  collectedGauge(
    registry,
    {
      name: 'frond_segment_ceiling_up',
      help: '0 while the ceiling cannot be kept, which is looked at with every range and every reading of the list of tags (FROND_TAG_REFRESH_MS): restore ZooKeeper. With the policy required no new range is taken meanwhile.',
      across: 'min',
    },
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
