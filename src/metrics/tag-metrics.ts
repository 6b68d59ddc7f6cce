import type { Registry } from 'prom-client';
import { collectedCounter, collectedGauge } from './collected.ts';
import { onceAScrape } from './once-a-scrape.ts';
import type { SegmentFigures, TagFigures } from './segment-figures.ts';
import { type Combine, sum, tagSamples } from './tag-samples.ts';

export interface TagLimits {
  /** Tags with series of their own, in the order of their first use. */
  readonly metricsTagLimit: number;
  readonly segmentTargetMs: number;
  readonly stepMaxIds: number;
}

const ID_MAX = 2n ** 63n - 1n;

const COUNTERS: readonly (readonly [name: string, help: string, value: (tag: TagFigures) => number])[] = [
  ['frond_segment_ids_reserved_total', 'IDs taken from the range store, by tag.', each => each.reservedIds],
  ['frond_segment_ids_issued_total', 'Segment IDs given to callers, by tag.', each => each.issuedIds],
  [
    'frond_segment_ids_dropped_total',
    'Waste: IDs taken and thrown away by tag, because it was raised above them, or retired. Those of a crash are not in it. When it grows, see who raises tags.',
    each => each.droppedIds,
  ],
];

type TagGauge = readonly [name: string, help: string, value: (tag: TagFigures) => number | null, combine: Combine];

function gaugesOf({ segmentTargetMs, stepMaxIds }: TagLimits): readonly TagGauge[] {
  const isCapped = ({ stepIds, idsPerSecond }: TagFigures) =>
    stepIds >= stepMaxIds && stepIds < (idsPerSecond * segmentTargetMs) / 1000;
  return [
    ['frond_segment_remaining_ids', 'IDs at hand without the range store.', each => each.remainingIds, sum],
    [
      'frond_segment_ids_per_second',
      'The usual rate, that of about the last two minutes (an eighth of FROND_SEGMENT_TARGET_MS); the low mark is set by it.',
      each => each.idsPerSecond,
      sum,
    ],
    [
      'frond_segment_seconds_to_empty',
      'How long the IDs at hand last at the usual rate: how long the range store may be away. 0 when none are left, else +Inf at rate 0.',
      secondsToEmptyOf,
      Math.min,
    ],
    ['frond_segment_step_ids', 'Size of the latest range.', each => each.stepIds, sum],
    [
      'frond_segment_step_capped',
      '1 while ranges are as large as FROND_STEP_MAX_IDS allows and still last less than FROND_SEGMENT_TARGET_MS: raise the former, or an outage of the store is felt sooner.',
      each => (isCapped(each) ? 1 : 0),
      Math.max,
    ],
    [
      'frond_segment_highest_id',
      'The end of the highest range that this process had: every ID given here is below it. Compare it with what your column can hold.',
      each => (each.highWater === undefined ? null : Number(each.highWater)),
      Math.max,
    ],
    [
      'frond_segment_ids_left',
      'IDs above the highest range that this process had, up to 2^63 - 1. Before it runs out move to another tag.',
      each => (each.highWater === undefined ? null : Number(ID_MAX - each.highWater)),
      Math.min,
    ],
    ['frond_segment_waiters', 'Callers that wait for a range.', each => each.waiters, sum],
    [
      'frond_segment_rewound',
      '1 while SEGMENT_REWOUND is in force: with every instance stopped, raise maxId of the tag.',
      each => (each.rewound ? 1 : 0),
      Math.max,
    ],
  ];
}

/** Null for a tag that has no IDs and was never asked for any, such as one that was only raised here. */
function secondsToEmptyOf(tag: TagFigures): number | null {
  if (tag.remainingIds > 0) return tag.secondsToEmpty ?? Number.POSITIVE_INFINITY;
  const wasWanted = tag.reservedIds > 0 || tag.waiters > 0 || tag.rewound || tag.failure !== undefined;
  return wasWanted ? 0 : null;
}

/** What is told of each tag. */
export function registerTagMetrics(registry: Registry, segment: SegmentFigures, limits: TagLimits): void {
  const tags = onceAScrape(() => segment.tagStats());
  const { metricsTagLimit } = limits;
  const labels = ['tag'];
  for (const [name, help, value] of COUNTERS) {
    collectedCounter(registry, { name, help, labels }, () =>
      tagSamples(tags(), metricsTagLimit, value, sum).map(([tag, count]) => [tag, count ?? 0] as const),
    );
  }
  for (const [name, help, value, combine] of gaugesOf(limits)) {
    const across = combine === Math.min ? 'min' : combine === Math.max ? 'max' : 'sum';
    collectedGauge(registry, { name, help, labels, across }, () => tagSamples(tags(), metricsTagLimit, value, combine));
  }
}
