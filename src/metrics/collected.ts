import type { Metric, Registry } from 'prom-client';
import type { LatencyHistogram } from './latency-histogram.ts';

export type Labels = Readonly<Record<string, string>>;
/** One sample. */
export type Sample = readonly [labels: Labels, value: number];

export type Across = 'sum' | 'min' | 'max' | 'first' | 'process';

export interface MetricSpec {
  readonly name: string;
  /** What it counts, and what to do about it. */
  readonly help: string;
  /** Names of its labels; none by default. */
  readonly labels?: readonly string[] | undefined;
  /** What several processes of one instance make of it; `process`: each has its own, so labelled. @default 'sum' */
  readonly across?: Across | undefined;
}

interface Value {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName: string;
}

/** prom-client's own metrics count on the hot path; these read plain figures when somebody scrapes. */
function register(registry: Registry, type: string, spec: MetricSpec, values: () => readonly Value[]): void {
  const { name, help, labels: labelNames = [], across = 'sum' } = spec;
  const aggregator = across === 'process' ? 'omit' : across;
  const metric = {
    name,
    help,
    type,
    labelNames,
    aggregator,
    async get() {
      return { name, help, type, aggregator, values: values() };
    },
    reset() {},
  };
  registry.registerMetric(metric as unknown as Metric);
}

export function collectedCounter(registry: Registry, spec: MetricSpec, read: () => readonly Sample[]): void {
  const metricName = spec.name;
  register(registry, 'counter', spec, () => read().map(([labels, value]) => ({ labels, value, metricName })));
}

/** Samples whose value is null are left out. */
export function collectedGauge(
  registry: Registry,
  spec: MetricSpec,
  read: () => readonly (readonly [labels: Labels, value: number | null])[],
): void {
  const metricName = spec.name;
  register(registry, 'gauge', spec, () =>
    read().flatMap(([labels, value]) => (value === null ? [] : [{ labels, value, metricName }])),
  );
}

export function collectedHistogram(
  registry: Registry,
  spec: MetricSpec,
  read: () => readonly (readonly [labels: Labels, histogram: LatencyHistogram])[],
): void {
  register(registry, 'histogram', spec, () => read().flatMap(([labels, each]) => seriesOf(spec.name, labels, each)));
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

/**
 * One sample for each entry of a record, its key under `label`.
 * @param expected keys that are told as 0 while the record lacks them: `increase()` does not see a counter's first
 * step from nothing
 */
export function samplesOf(
  label: string,
  values: Readonly<Partial<Record<string, number>>>,
  expected: readonly string[] = [],
): Sample[] {
  const zeros = Object.fromEntries(expected.map(key => [key, 0]));
  return Object.entries({ ...zeros, ...values }).map(([key, value]) => [{ [label]: key }, value ?? 0]);
}
