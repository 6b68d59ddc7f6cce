import { collectDefaultMetrics, Registry } from 'prom-client';
import { collectedCounter, collectedGauge } from './collected.ts';
import { registerEventLoopMetrics } from './event-loop-metrics.ts';
import type { HttpCounters } from './http-counters.ts';
import { registerHttpMetrics } from './http-metrics.ts';
import type { SegmentFigures } from './segment-figures.ts';
import { registerSegmentMetrics } from './segment-metrics.ts';
import { registerSnowflakeMetrics, type SnowflakeFigures } from './snowflake-metrics.ts';
import type { TagLimits } from './tag-metrics.ts';

/** What can be measured; a kind that is off is undefined. A `Frond` fits. */
export interface MetricSources {
  readonly allocators: {
    readonly segment: SegmentFigures | undefined;
    readonly snowflake: SnowflakeFigures | undefined;
    readonly uuid: { readonly v4: { readonly issued: number }; readonly v7: { readonly issued: number } };
  };
  readonly config: TagLimits;
}

export interface MetricsOptions {
  /** Where to register; a new registry by default. Pass your own to add Frond's metrics to your process's. */
  readonly registry?: Registry | undefined;
  /** Also the metrics of the process and of Node; default false. */
  readonly processMetrics?: boolean | undefined;
  readonly http?: HttpCounters | undefined;
  readonly version?: string | undefined;
}

/**
 * Registers Frond's metrics with prom-client. The hot paths count in plain numbers; everything is read at the scrape.
 * @returns the registry; `await registry.metrics()` is the text for Prometheus
 */
export function createMetrics(sources: MetricSources, options: MetricsOptions = {}): Registry {
  const registry = options.registry ?? new Registry();
  const { segment, snowflake, uuid } = sources.allocators;
  const { version } = options;
  if (version !== undefined) {
    const help = 'Always 1; the labels say what runs.';
    const labels = ['version', 'node'];
    collectedGauge(registry, { name: 'frond_build_info', help, labels, across: 'first' }, () => [
      [{ version, node: process.version }, 1],
    ]);
  }
  if (segment !== undefined) registerSegmentMetrics(registry, segment, sources.config);
  if (snowflake !== undefined) registerSnowflakeMetrics(registry, snowflake);
  const help = 'UUIDs given to callers, by version.';
  collectedCounter(registry, { name: 'frond_uuids_issued_total', help, labels: ['version'] }, () => [
    [{ version: '4' }, uuid.v4.issued],
    [{ version: '7' }, uuid.v7.issued],
  ]);
  if (options.http !== undefined) registerHttpMetrics(registry, options.http);
  if (options.processMetrics) {
    registerEventLoopMetrics(registry);
    collectDefaultMetrics({ register: registry });
  }
  return registry;
}
