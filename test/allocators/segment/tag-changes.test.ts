import { describe, expect, it } from 'vitest';
import { SegmentAllocator } from '../../../src/allocators/segment/segment-allocator.ts';
import { ID_MAX, type TagPatch } from '../../../src/stores/range-store.ts';
import { MemoryRangeStore } from '../../../src/stores/ranges/memory.ts';
import { errorOf, SEGMENT_OPTIONS, segmentRig } from '../../support/segment-rig.ts';

/** A rig, and another instance on the same store. */
async function twoInstances() {
  const rig = await segmentRig({}, 10);
  const store = new MemoryRangeStore({ table: rig.store.table });
  const other = new SegmentAllocator({ store, system: rig.system, options: SEGMENT_OPTIONS });
  await other.start();
  return { ...rig, other };
}

describe('SegmentAllocator.patchTag', () => {
  it('changes what is named, at once for this instance and by the refresh for another', async () => {
    const { system, allocator, other } = await twoInstances();
    for (const each of [allocator, other]) await each.source('order').next();
    const steps = () => [allocator, other].map(each => each.tagStats()[0]?.tableStepIds);
    expect(await other.patchTag('order', { stepIds: 50 })).toMatchObject({ tag: 'order', stepIds: 50 });
    expect(steps()).toEqual([10, 50]);
    await system.advance(SEGMENT_OPTIONS.tagRefreshMs);
    expect(steps()).toEqual([50, 50]);
  });

  it('drops buffered IDs below a raised maxId', async () => {
    const { allocator } = await segmentRig();
    const source = allocator.source('order');
    await source.next();
    await allocator.patchTag('order', { maxId: 5000n });
    expect(await source.next()).toBe(5000n);
  });

  it('takes IDs that others gave back below a raised maxId for no store that went back, also after a retirement', async () => {
    const { store, allocator } = await segmentRig({}, 10);
    const elsewhere = new MemoryRangeStore({ table: store.table });
    const others = await elsewhere.take('order', 10);
    await allocator.patchTag('order', { maxId: others.end });
    await allocator.retireTag('order');
    await allocator.putTag('order', { stepIds: 10 });
    expect(await elsewhere.giveBack('order', others)).toBe(true);
    expect(await allocator.source('order').next()).toBe(others.end);
  });

  it('refuses an unknown tag, makes none, and forgets one that was retired elsewhere', async () => {
    const { store, allocator } = await segmentRig();
    expect(await errorOf(allocator.patchTag('nobody', { stepIds: 5 }))).toMatchObject({ code: 'UNKNOWN_TAG' });
    const source = allocator.source('order');
    await source.next();
    await store.retireElsewhere('order');
    expect(await errorOf(allocator.patchTag('order', { stepIds: 5 }))).toMatchObject({ code: 'UNKNOWN_TAG' });
    expect(source.tryNext()).toBeUndefined();
    expect(allocator.status().knownTags).toBe(0);
  });

  const bad: [string, unknown][] = [
    ['stepIds', { stepIds: 0 }],
    ['stepIds', { stepIds: null }],
    ['description', { description: 'x'.repeat(257) }],
    ['maxId', { maxId: 0n }],
    ['maxId', { maxId: ID_MAX + 1n }],
    ['maxId', { maxId: '5' }],
  ];
  it.each(bad)('refuses a bad %s without asking the store', async (field, patch) => {
    const { store, allocator } = await segmentRig();
    const error = await errorOf(allocator.patchTag('order', patch as TagPatch));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', details: { field } });
    expect(store.calls).toEqual([]);
  });

  it('is closed outside the life of the allocator', async () => {
    const { allocator } = await segmentRig();
    await allocator.stop();
    expect(await errorOf(allocator.patchTag('order', { stepIds: 5 }))).toMatchObject({ code: 'NOT_READY' });
  });
});

describe('a tag that is retired and made again', () => {
  it('gives no ID twice, to an instance that saw it, one that did not, and one that is new', async () => {
    const { system, allocator, other } = await twoInstances();
    const ids: bigint[] = [];
    const draw = async (from: SegmentAllocator, count: number) => {
      for (let i = 0; i < count; i++) ids.push(await from.source('order').next());
    };
    await draw(allocator, 3);
    await draw(other, 3);
    await other.retireTag('order');
    expect(await errorOf(other.source('order').next())).toMatchObject({ code: 'UNKNOWN_TAG' });
    await draw(allocator, 1);
    expect(await errorOf(other.putTag('order', { stepIds: 5, maxId: 1n }))).toMatchObject({ code: 'TAG_WOULD_REWIND' });
    await other.putTag('order', { stepIds: 5, mustCreate: true });
    await draw(other, 12);
    await draw(allocator, 25);
    await system.advance(SEGMENT_OPTIONS.tagRefreshMs);
    await other.retireTag('order');
    await system.advance(SEGMENT_OPTIONS.tagRefreshMs);
    expect(await errorOf(allocator.source('order').next())).toMatchObject({ code: 'UNKNOWN_TAG' });
    await other.putTag('order', { stepIds: 7 });
    await system.advance(SEGMENT_OPTIONS.tagRefreshMs);
    await draw(allocator, 20);
    await draw(other, 20);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('ten thousand tags', () => {
  it('wait on one timer and one list per refresh, used or not', async () => {
    const { system, store, allocator } = await segmentRig();
    for (let i = 0; i < 10_000; i++) await store.seed(`tag-${i}`, 10);
    await system.advance(SEGMENT_OPTIONS.tagRefreshMs);
    expect(allocator.status().knownTags).toBe(10_001);
    for (let i = 0; i < 10_000; i++) await allocator.source(`tag-${i}`).next();
    store.calls.length = 0;
    await system.advance(2 * SEGMENT_OPTIONS.tagRefreshMs);
    expect(store.calls).toEqual(['listTags', 'listTags']);
    expect(system.pendingTimers).toBe(1);
  });
});
