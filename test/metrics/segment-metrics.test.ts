import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { registerSegmentMetrics } from '../../src/metrics/segment-metrics.ts';
import { segmentRig } from '../support/segment-rig.ts';

/** Lines of one metric, without its comments. */
async function linesOf(registry: Registry, name: string): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

/** Tags a, b and c of step 100; 10, 60 and 1 IDs were taken in the first second; then c was retired. */
async function rig(tagLimit: number) {
  const { system, store, allocator } = await segmentRig({ tagRefreshMs: 1e9 }, 100);
  for (const tag of ['a', 'b', 'c']) await store.seed(tag, 100);
  await system.advance(1);
  for (const [tag, ids] of [
    ['a', 11],
    ['b', 61],
    ['c', 1],
  ] as const) {
    const source = allocator.source(tag);
    await source.next();
    for (let i = 1; i < ids; i++) source.tryNext();
  }
  await system.advance(1000);
  const registry = new Registry();
  registerSegmentMetrics(registry, allocator, tagLimit);
  return { system, allocator, registry };
}

describe('segment metrics', () => {
  it('account for every ID of each tag: reserved = issued + dropped + remaining', async () => {
    const { system, allocator, registry } = await rig(10);
    await allocator.putTag('a', { stepIds: 100, maxId: 1000n });
    await system.settle();
    expect(await linesOf(registry, 'frond_segment_ids_reserved_total')).toEqual([
      'frond_segment_ids_reserved_total{tag="a"} 100',
      'frond_segment_ids_reserved_total{tag="b"} 200',
      'frond_segment_ids_reserved_total{tag="c"} 100',
    ]);
    expect((await linesOf(registry, 'frond_segment_ids_issued_total'))[0]).toMatch(/"a"} 11$/);
    expect((await linesOf(registry, 'frond_segment_ids_dropped_total'))[0]).toMatch(/"a"} 89$/);
    expect((await linesOf(registry, 'frond_segment_remaining_ids'))[0]).toMatch(/"a"} 0$/);
  });

  it('tell the rate and for how long the IDs last, +Inf without a rate', async () => {
    const { registry } = await rig(10);
    // 10 and 60 of 112.5 s, an eighth of the target; the first ID of each begins the interval.
    const rates = (await linesOf(registry, 'frond_segment_ids_per_second')).map(line => Number(line.split(' ')[1]));
    expect(rates[0]).toBeCloseTo(10 / 112.5);
    expect(rates[1]).toBeCloseTo(60 / 112.5);
    expect(rates[2]).toBe(0);
    const seconds = (await linesOf(registry, 'frond_segment_seconds_to_empty')).map(line => line.split(' ')[1]);
    expect(Number(seconds[0])).toBeCloseTo((89 / 10) * 112.5);
    expect(Number(seconds[1])).toBeCloseTo((139 / 60) * 112.5);
    expect(seconds[2]).toBe('+Inf');
  });

  it('sum the tags beyond the limit, and tell the shortest time of them', async () => {
    const { registry } = await rig(1);
    expect(await linesOf(registry, 'frond_segment_ids_reserved_total')).toEqual([
      'frond_segment_ids_reserved_total{tag="a"} 100',
      'frond_segment_ids_reserved_total{tag="(other)"} 300',
    ]);
    const [, other] = await linesOf(registry, 'frond_segment_seconds_to_empty');
    expect(Number(other?.split(' ')[1])).toBeCloseTo((139 / 60) * 112.5);
  });
});
