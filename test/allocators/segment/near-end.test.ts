import { describe, expect, it } from 'vitest';
import { ID_MAX } from '../../../src/stores/range-store.ts';
import { errorOf, segmentRig } from '../../support/segment-rig.ts';

describe('SegmentKeeper where the numbers of a tag end', () => {
  it('asks for the step of the table when a larger range would pass the last number', async () => {
    const { system, store, allocator } = await segmentRig({ stepMaxIds: 1_000_000 });
    store.setMaxId('order', ID_MAX - 25n);
    const source = allocator.source('order');
    const batch = source.nextMany(22);
    await system.settle();
    expect(await batch).toEqual([{ start: ID_MAX - 25n, end: ID_MAX - 4n, step: 1n }]);
    expect(store.takes()).toEqual(['take order 22', 'take order 75600', 'take order 10']);
  });

  it('fills a batch that is too large from ranges of that step as far as they go', async () => {
    const { system, store, allocator } = await segmentRig();
    store.setMaxId('order', ID_MAX - 25n);
    const tooMany = errorOf(allocator.source('order').nextMany(26, { deadlineMs: 1000 }));
    await system.settle();
    expect(await tooMany).toMatchObject({ code: 'RANGE_EXHAUSTED', details: { tag: 'order', stepIds: 10 } });
    expect(store.takes()).toEqual(['take order 26', ...Array(3).fill('take order 10')]);
  });

  it('refuses when the step of the table does not fit either, and does not ask in a loop', async () => {
    const { system, store, allocator } = await segmentRig();
    store.setMaxId('order', ID_MAX - 5n);
    const call = errorOf(allocator.source('order').nextMany(20, { deadlineMs: 1000 }));
    await system.settle();
    expect(await call).toMatchObject({ code: 'RANGE_EXHAUSTED' });
    expect(store.takes()).toEqual(['take order 20', 'take order 10']);
  });
});
