import { Registry } from 'prom-client';
import { describe, expect, it, vi } from 'vitest';
import { FrondError } from '../../src/errors.ts';
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
  registerSegmentMetrics(registry, allocator, { metricsTagLimit: tagLimit, segmentTargetMs: 900_000, stepMaxIds: 150 });
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

  it('tell that a tag is empty whose callers are refused, and nothing of one that nobody asked for', async () => {
    const { system, store, allocator } = await segmentRig({ tagRefreshMs: 1e9 }, 1);
    const registry = new Registry();
    registerSegmentMetrics(registry, allocator, { metricsTagLimit: 10, segmentTargetMs: 900_000, stepMaxIds: 150 });
    await allocator.putTag('refused', { stepIds: 100 });
    await allocator.putTag('raised', { stepIds: 100, maxId: 1000n });
    const useUp = allocator.source('order');
    await useUp.next();
    await system.settle();
    store.goDown();
    while (useUp.tryNext() !== undefined);
    for (const tag of ['order', 'refused']) {
      const asked = allocator.source(tag).next({ deadlineMs: 0 });
      await expect(asked).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      await system.settle();
    }
    // At a rate of 0 as well.
    await system.advance(900_000);
    expect(await linesOf(registry, 'frond_segment_seconds_to_empty')).toEqual([
      'frond_segment_seconds_to_empty{tag="order"} 0',
      'frond_segment_seconds_to_empty{tag="refused"} 0',
    ]);
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

  it('tell how far the numbers of a tag have come, and how many are left of 64 bits', async () => {
    const { system, allocator, registry } = await rig(1);
    await allocator.putTag('b', { stepIds: 100, maxId: 2n ** 63n - 1001n });
    await allocator.source('b').next();
    await system.settle();
    expect(await linesOf(registry, 'frond_segment_highest_id')).toEqual([
      'frond_segment_highest_id{tag="a"} 101',
      `frond_segment_highest_id{tag="(other)"} ${Number(2n ** 63n - 801n)}`,
    ]);
    expect((await linesOf(registry, 'frond_segment_ids_left'))[1]).toBe('frond_segment_ids_left{tag="(other)"} 800');
  });

  it('tell which ranges are kept short of the target by the limit of the step', async () => {
    const { allocator } = await rig(10);
    const registry = new Registry();
    // Tag b needs 480 IDs for a target of 900 s, and its ranges have 100.
    const limits = { metricsTagLimit: 10, segmentTargetMs: 900_000 };
    registerSegmentMetrics(registry, allocator, { ...limits, stepMaxIds: 100 });
    const capped = (await linesOf(registry, 'frond_segment_step_capped')).map(line => line.split(' ')[1]);
    expect(capped).toEqual(['0', '1', '0']);
    const roomy = new Registry();
    registerSegmentMetrics(roomy, allocator, { ...limits, stepMaxIds: 101 });
    expect((await linesOf(roomy, 'frond_segment_step_capped'))[1]).toMatch(/ 0$/);
  });

  it('tell what was taken of what others left, and what was left', async () => {
    const { system, store, allocator } = await segmentRig();
    const registry = new Registry();
    registerSegmentMetrics(registry, allocator, { metricsTagLimit: 1, segmentTargetMs: 1, stepMaxIds: 1 });
    store.setMaxId('order', 31n);
    await store.leave('order', { start: 12n, end: 21n }, 1);
    await allocator.source('order').next();
    await system.settle();
    store.setMaxId('order', 51n);
    await allocator.stop();
    expect(await linesOf(registry, 'frond_segment_leftover_ids_total')).toEqual([
      'frond_segment_leftover_ids_total{action="left"} 18',
      'frond_segment_leftover_ids_total{action="taken"} 9',
    ]);
  });

  it('tell of a store that does not answer, and of calls that are refused for it', async () => {
    const { system, store, allocator } = await segmentRig({ tagRefreshMs: 60_000 });
    const registry = new Registry();
    registerSegmentMetrics(registry, allocator, { metricsTagLimit: 1, segmentTargetMs: 1, stepMaxIds: 1 });
    const up = async () => (await linesOf(registry, 'frond_segment_store_up'))[0];
    expect(await up()).toBe('frond_segment_store_up 1');
    store.goDown();
    await system.advance(60_001);
    expect(await up()).toBe('frond_segment_store_up 0');
    const refused = allocator.source('order').next({ deadlineMs: 0 });
    await expect(refused).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await system.settle();
    await expect(allocator.source('order').next({ deadlineMs: 0 })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    const refusals = await linesOf(registry, 'frond_segment_refusals_total');
    expect(refusals.filter(line => !line.endsWith(' 0'))).toEqual([
      'frond_segment_refusals_total{code="DEADLINE_EXCEEDED"} 1',
      'frond_segment_refusals_total{code="STORE_UNAVAILABLE"} 1',
    ]);
    expect(refusals).toContain('frond_segment_refusals_total{code="SEGMENT_REWOUND"} 0');
    store.comeBack();
    await system.advance(1000);
    expect(await up()).toBe('frond_segment_store_up 1');
    expect(await linesOf(registry, 'frond_segment_listings_total')).toEqual([
      'frond_segment_listings_total{outcome="ok"} 1',
      'frond_segment_listings_total{outcome="failed"} 1',
    ]);
  });

  it('say that the store is down also when a fetch finds it so, and not for a ceiling that is away', async () => {
    const { system, store, allocator } = await segmentRig();
    store.error = new FrondError('CEILING_UNAVAILABLE', { store: 'zookeeper', reason: 'scripted outage' });
    await expect(allocator.source('order').next({ deadlineMs: 0 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await system.settle();
    expect(allocator.storeContact().up).toBe(true);
    store.goDown();
    await system.advance(1000);
    expect(allocator.storeContact().up).toBe(false);
    store.comeBack();
    await system.advance(1000);
    expect(allocator.storeContact().up).toBe(true);
  });

  it('look at ten thousand tags once a scrape, and show no more series than the limit', async () => {
    const { allocator, registry } = await rig(1);
    const [tag] = allocator.tagStats();
    const many = Array.from({ length: 10_000 }, (_, i) => ({ ...tag!, tag: `t${i}` }));
    const looks = vi.spyOn(allocator, 'tagStats').mockReturnValue(many);
    const totals = vi.spyOn(allocator, 'totals');
    expect(await linesOf(registry, 'frond_segment_step_ids')).toEqual([
      'frond_segment_step_ids{tag="t0"} 100',
      'frond_segment_step_ids{tag="(other)"} 999900',
    ]);
    expect([looks.mock.calls.length, totals.mock.calls.length]).toEqual([1, 1]);
    await registry.metrics();
    expect(looks.mock.calls.length).toBe(2);
  });
});
