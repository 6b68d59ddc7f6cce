import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { MergedMetrics } from '../../../src/service/processes/merged-metrics.ts';
import type { Metric } from '../../../src/service/processes/messages.ts';

/** A process with a counter, a histogram, and gauges that mean something together or of one process only. */
class FakeProcess {
  readonly #registry = new Registry();
  readonly #registers = { help: 'Help.', registers: [this.#registry] };
  readonly requests = new Counter({ name: 'requests_total', labelNames: ['route'], ...this.#registers });
  readonly took = new Histogram({ name: 'took_seconds', buckets: [1], ...this.#registers });
  readonly worker = new Gauge({ name: 'frond_worker', aggregator: 'omit', ...this.#registers });
  readonly left = new Gauge({ name: 'frond_left', aggregator: 'min', labelNames: ['tag'], ...this.#registers });
  readonly busy = new Counter({ name: 'busy_total', ...this.#registers });
  readonly memory = new Gauge({ name: 'process_memory', ...this.#registers });

  constructor() {
    this.memory.set(5);
  }

  async metrics(): Promise<readonly Metric[]> {
    const metrics = structuredClone(await this.#registry.getMetricsAsJSON()) as unknown as readonly Metric[];
    return metrics.map(each => (each.name === 'busy_total' ? { ...each, aggregator: 'omit' } : each));
  }
}

let merged: MergedMetrics;
let first: FakeProcess;
let second: FakeProcess;

beforeEach(async () => {
  merged = new MergedMetrics();
  [first, second] = [new FakeProcess(), new FakeProcess()];
  first.requests.inc({ route: 'uuid' }, 3);
  second.requests.inc({ route: 'uuid' }, 4);
  second.requests.inc({ route: 'tags' }, 1);
  first.took.observe(0.5);
  second.took.observe(2);
  first.worker.set(7);
  second.worker.set(8);
  first.left.set({ tag: 'order' }, Number.POSITIVE_INFINITY);
  second.left.set({ tag: 'order' }, 60);
  first.busy.inc(1);
  second.busy.inc(2);
  merged.take(0, await first.metrics());
  merged.take(1, await second.metrics());
});

async function samples(isAlive: (index: number) => boolean = () => true): Promise<string[]> {
  const { text } = await merged.page(isAlive, []);
  return text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
}

const TOTALS = [
  'requests_total{route="uuid"} 7',
  'requests_total{route="tags"} 1',
  'took_seconds_bucket{le="1"} 1',
  'took_seconds_bucket{le="+Inf"} 2',
  'took_seconds_sum 2.5',
  'took_seconds_count 2',
];

describe('the metrics of several processes', () => {
  it('are sums of counters and histograms, gauges as they make sense together, and the rest by process', async () => {
    expect(await samples()).toEqual([
      ...TOTALS,
      'frond_worker{process="0"} 7',
      'frond_worker{process="1"} 8',
      'frond_left{tag="order"} 60',
      'busy_total{process="0"} 1',
      'busy_total{process="1"} 2',
      'process_memory{process="0"} 5',
      'process_memory{process="1"} 5',
    ]);
  });

  it('keep what a silent process counted, and leave the rest out', async () => {
    expect(await samples(index => index === 0)).toEqual([
      ...TOTALS,
      'frond_worker{process="0"} 7',
      'frond_left{tag="order"} +Inf',
      'busy_total{process="0"} 1',
      'process_memory{process="0"} 5',
    ]);
  });

  it('keep what an ended process counted when another takes its place, again and again', async () => {
    for (let i = 0; i < 3; i++) {
      merged.end(1);
      const next = new FakeProcess();
      next.requests.inc({ route: 'uuid' }, 10);
      merged.take(1, await next.metrics());
    }
    expect((await samples()).slice(0, 6)).toEqual([
      'requests_total{route="uuid"} 37',
      'requests_total{route="tags"} 1',
      ...TOTALS.slice(2),
    ]);
  });

  it('are told once each, with what the parent says', async () => {
    const own: Metric = {
      name: 'frond_process_up',
      help: 'Up.',
      type: 'gauge',
      aggregator: 'first',
      values: [{ labels: { process: '0' }, value: 1 }],
    };
    const { contentType, text } = await merged.page(() => true, [own]);
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain(
      '# HELP frond_process_up Up.\n# TYPE frond_process_up gauge\nfrond_process_up{process="0"} 1\n',
    );
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(match => match[1]);
    expect(new Set(names).size).toBe(names.length);
  });
});
