import type { Metric, Registry } from 'prom-client';
import type { LatencyHistogram } from './latency-histogram.ts';

export type Labels = Readonly<Record<string, string>>;
/** One sample. */
export type Sample = readonly [labels: Labels, value: number];

interface Value {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName: string;
}

/** prom-client's own metrics count on the hot path; these read plain figures when somebody scrapes. */
function register(registry: Registry, type: string, name: string, help: string, values: () => readonly Value[]): void {
  const metric = {
    name,
    help,
    type,
    aggregator: 'sum',
    async get() {
      return { name, help, type, aggregator: 'sum', values: values() };
    },
    reset() {},
  };
  registry.registerMetric(metric as unknown as Metric);
}

export function collectedCounter(registry: Registry, name: string, help: string, read: () => readonly Sample[]): void {
  register(registry, 'counter', name, help, () =>
    read().map(([labels, value]) => ({ labels, value, metricName: name })),
  );
}

/** Samples whose value is null are left out. */
export function collectedGauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => readonly (readonly [labels: Labels, value: number | null])[],
): void {
  register(registry, 'gauge', name, help, () =>
    read().flatMap(([labels, value]) => (value === null ? [] : [{ labels, value, metricName: name }])),
  );
}

export function collectedHistogram(
  registry: Registry,
  name: string,
  help: string,
  read: () => readonly (readonly [labels: Labels, histogram: LatencyHistogram])[],
): void {
  register(registry, 'histogram', name, help, () => read().flatMap(([labels, each]) => seriesOf(name, labels, each)));
}

function seriesOf(name: string, labels: Labels, histogram: LatencyHistogram): Value[] {
  const { count } = histogram;
  const buckets = histogram
    .cumulative()
    .map(bucket => ({ labels: { ...labels, le: bucket.le }, value: bucket.count, metricName: `${name}_bucket` }));
  return [
    ...buckets,
    { labels: { ...labels, le: '+Inf' }, value: count, metricName: `${name}_bucket` },
    { labels, value: histogram.sumSeconds, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` },
  ];
}

/** One sample for each entry of a record, its key under `label`. */
export function samplesOf(
  label: string,
  values: Readonly<Partial<Record<string, number>>>,
  fixed: Labels = {},
): Sample[] {
  return Object.entries(values).map(([key, value]) => [{ ...fixed, [label]: key }, value ?? 0]);
}
