import type { Registry } from 'prom-client';
import { collectedCounter, collectedGauge, collectedHistogram, type Sample, samplesOf } from './collected.ts';
import type { LatencyHistogram } from './latency-histogram.ts';

interface TagFigures {
  readonly tag: string;
  readonly stepIds: number;
  readonly issuedIds: number;
  readonly remainingIds: number;
  readonly waiters: number;
  readonly rewound: boolean;
}

/** What segment metrics are read from: structural, so that this leaf knows no allocator. */
export interface SegmentFigures {
  readonly state: string;
  readonly fetchLatency: LatencyHistogram;
  tagStats(): readonly TagFigures[];
  totals(): { readonly issuedIds: number; readonly fetches: Readonly<Record<string, number>> };
}

/** Tags beyond the limit are summed under this label; no tag can have the name, since a tag begins with a letter or digit. */
const REST = '(other)';

/** @param tagLimit tags with series of their own, in the order of their first use */
export function registerSegmentMetrics(registry: Registry, segment: SegmentFigures, tagLimit: number): void {
  const perTag = (value: (figures: TagFigures) => number) => (): Sample[] => {
    const tags = segment.tagStats();
    const shown = tags.slice(0, tagLimit).map(each => [{ tag: each.tag }, value(each)] as const);
    if (tags.length <= tagLimit) return shown;
    return [...shown, [{ tag: REST }, tags.slice(tagLimit).reduce((sum, each) => sum + value(each), 0)]];
  };
  const gauge = (name: string, help: string, value: (figures: TagFigures) => number) =>
    collectedGauge(registry, name, help, perTag(value));

  collectedGauge(registry, 'frond_segment_ready', '1 while segment mode serves; at 0 look at the range store.', () => [
    [{}, segment.state === 'ready' ? 1 : 0],
  ]);
  collectedCounter(
    registry,
    'frond_segment_ids_issued_total',
    'Segment IDs given to callers, by tag.',
    perTag(each => each.issuedIds),
  );
  gauge('frond_segment_remaining_ids', 'IDs at hand without the range store.', each => each.remainingIds);
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
  collectedHistogram(
    registry,
    'frond_segment_fetch_duration_seconds',
    'Duration of range fetches of every outcome.',
    () => [[{}, segment.fetchLatency]],
  );
}
