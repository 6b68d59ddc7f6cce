import { AggregatorRegistry, Registry } from 'prom-client';
import type { MetricsText } from '../../http/served.ts';
import type { Metric } from './messages.ts';

/**
 * Whether each process has its own: what is registered so, and the gauges of the process and of Node (memory, file
 * descriptors), which would say nothing together.
 */
function isOfOne({ name, type, aggregator }: Metric): boolean {
  if (aggregator === 'omit') return true;
  return type === 'gauge' && !name.startsWith('frond_') && aggregator !== 'first';
}

function labelled(metric: Metric, index: number): Metric {
  const process = String(index);
  const values = metric.values.map(each => ({ ...each, labels: { ...each.labels, process } }));
  return { ...metric, aggregator: 'first', values };
}

const totalsOf = (metrics: readonly Metric[]): Metric[] =>
  metrics.filter(metric => metric.type !== 'gauge' && !isOfOne(metric));

const statesOf = (metrics: readonly Metric[], index: number): Metric[] =>
  metrics.flatMap(metric => {
    if (isOfOne(metric)) return [labelled(metric, index)];
    return metric.type === 'gauge' ? [metric] : [];
  });

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
   * The page for Prometheus. Counters and histograms are summed over all that ever ran; gauges and what has the label
   * `process` are of living processes.
   * @param isAlive of a silent process only what is summed stays, as last told
   * @param own what the parent has to say
   */
  async page(isAlive: (index: number) => boolean, own: readonly Metric[]): Promise<MetricsText> {
    const pages = [...this.#latest].map(([index, metrics]) => [
      ...totalsOf(metrics),
      ...(isAlive(index) ? statesOf(metrics, index) : []),
    ]);
    const merged = AggregatorRegistry.aggregate([...pages, [...this.#ended], [...own]]);
    return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text: await merged.metrics() };
  }
}
