import { HttpCounters } from '../src/metrics/http-counters.ts';
import { registerProcessMetrics } from '../src/metrics/process-metrics.ts';
import { createMetrics, type MetricSources } from '../src/metrics/registry.ts';
import type { SegmentFigures } from '../src/metrics/segment-figures.ts';
import type { SnowflakeFigures } from '../src/metrics/snowflake-metrics.ts';
import { registerTlsMetrics } from '../src/metrics/tls-metrics.ts';

export interface MetricRow {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Nothing is read from it: a registry knows its metrics before the first scrape. */
const SOURCES: MetricSources = {
  allocators: {
    segment: {} as SegmentFigures,
    snowflake: {} as SnowflakeFigures,
    uuid: { v4: { issued: 0 }, v7: { issued: 0 } },
  },
  config: { metricsTagLimit: 0, segmentTargetMs: 0, stepMaxIds: 0 },
};

/** Frond's own metrics, in the order of their registration; not those of the process and of Node. */
export function metricRows(): readonly MetricRow[] {
  const registry = createMetrics(SOURCES, { http: new HttpCounters(), version: '', processMetrics: true });
  registerTlsMetrics(registry, { notAfterSeconds: () => [] }, new HttpCounters());
  registerProcessMetrics(registry, []);
  const rows = registry.getMetricsAsArray() as unknown as { labelNames: string[]; [key: string]: unknown }[];
  return rows
    .map(({ name, type, labelNames, help }) => ({ name, type, labels: labelNames, help }) as MetricRow)
    .filter(({ name }) => name.startsWith('frond_'));
}

const GROUPS: readonly (readonly [heading: string, prefix: RegExp])[] = [
  ['Segments', /^frond_segment_/],
  ['Snowflakes', /^frond_snowflake_/],
  ['UUIDs', /^frond_uuids_/],
  ['HTTP', /^frond_http_/],
  ['TLS', /^frond_tls_/],
  ['Process', /^frond_(build|event_loop|process)_/],
];

/** Heading → its metrics. @throws Error for a metric that belongs under none */
export function metricGroups(): readonly (readonly [heading: string, rows: readonly MetricRow[]])[] {
  const rows = metricRows();
  const stray = rows.find(({ name }) => !GROUPS.some(([, prefix]) => prefix.test(name)));
  if (stray !== undefined) throw new Error(`${stray.name} belongs under no heading of docs/metrics.md`);
  return GROUPS.map(([heading, prefix]) => [heading, rows.filter(({ name }) => prefix.test(name))]);
}
