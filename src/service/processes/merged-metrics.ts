import { AggregatorRegistry, Registry } from 'prom-client';
import type { MetricsText } from '../../http/served.ts';
import type { Metric } from './messages.ts';

type Combine = 'sum' | 'min' | 'max' | 'first';

/**
 * Gauges that say something of all processes together. Every other one is of a process, and gets the label `process`.
 */
export const COMBINED_GAUGES: Readonly<Record<string, Combine>> = {
  frond_build_info: 'first',
  nodejs_version_info: 'first',
  frond_tls_certificate_not_after_seconds: 'min',
  frond_segment_remaining_ids: 'sum',
  frond_segment_ids_per_second: 'sum',
  frond_segment_waiters: 'sum',
  frond_segment_seconds_to_empty: 'min',
  frond_segment_step_ids: 'max',
  frond_segment_rewound: 'max',
  frond_segment_store_risks: 'max',
  frond_segment_primary_up: 'min',
  frond_segment_ceiling_up: 'min',
  frond_snowflake_layout_left_seconds: 'min',
  frond_snowflake_waiters: 'sum',
};

const isGauge = ({ type }: Metric) => type === 'gauge';

function labelled(metric: Metric, index: number): Metric {
  const process = String(index);
  const values = metric.values.map(each => ({ ...each, labels: { ...each.labels, process } }));
  return { ...metric, aggregator: 'first', values };
}

const totalsOf = (metrics: readonly Metric[]): Metric[] =>
  metrics.filter(metric => !isGauge(metric)).map(metric => ({ ...metric, aggregator: 'sum' }));

function gaugesOf(metrics: readonly Metric[], index: number): Metric[] {
  return metrics.filter(isGauge).map(metric => {
    const aggregator = COMBINED_GAUGES[metric.name];
    return aggregator === undefined ? labelled(metric, index) : { ...metric, aggregator };
  });
}

/** One page of metrics out of those of several processes, some of which may have ended or be silent. */
export class MergedMetrics {
  readonly #latest = new Map<number, readonly Metric[]>();
  /** The sums of processes that ended: a total that went down would be taken for a restart of the service. */
  #ended: readonly Metric[] = [];

  /** What a process says now. */
  take(index: number, metrics: readonly Metric[]): void {
    this.#latest.set(index, metrics);
  }

  /** A process has ended: what it counted stays as it was last told. */
  end(index: number): void {
    const totals = totalsOf(this.#latest.get(index) ?? []);
    this.#latest.delete(index);
    const sums = AggregatorRegistry.aggregate([[...this.#ended], totals]);
    this.#ended = sums.getMetricsAsArray() as unknown as readonly Metric[];
  }

  /**
   * The page for Prometheus. Counters and histograms are summed over all that ever ran; gauges are of living processes.
   * @param isAlive a silent process' counters stay as last told, its gauges are left out
   * @param own what the parent has to say
   */
  async page(isAlive: (index: number) => boolean, own: readonly Metric[]): Promise<MetricsText> {
    const pages = [...this.#latest].map(([index, metrics]) => [
      ...totalsOf(metrics),
      ...(isAlive(index) ? gaugesOf(metrics, index) : []),
    ]);
    const merged = AggregatorRegistry.aggregate([...pages, [...this.#ended], [...own]]);
    return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text: await merged.metrics() };
  }
}
