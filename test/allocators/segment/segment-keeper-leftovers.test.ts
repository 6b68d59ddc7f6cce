import { describe, expect, it } from 'vitest';
import { SegmentAllocator } from '../../../src/allocators/segment/segment-allocator.ts';
import { SEGMENT_OPTIONS, type SegmentRig, segmentRig } from '../../support/segment-rig.ts';

const TARGET_MS = SEGMENT_OPTIONS.segmentTargetMs;

/** One more instance on the store of the rig. */
async function another({ store, system }: SegmentRig): Promise<SegmentAllocator> {
  const allocator = new SegmentAllocator({ store, system, options: SEGMENT_OPTIONS });
  await allocator.start();
  return allocator;
}

/** A rig whose tag is at 31, with [3, 6) and [12, 21) left. */
async function rigWithLeftovers(): Promise<SegmentRig> {
  const rig = await segmentRig();
  const { store } = rig;
  store.setMaxId('order', 31n);
  await store.leave('order', { start: 3n, end: 6n }, TARGET_MS);
  await store.leave('order', { start: 12n, end: 21n }, TARGET_MS);
  store.calls.length = 0;
  return rig;
}

describe('SegmentKeeper that has had no range yet', () => {
  it('begins with what others left, the lowest first, and then takes ranges as ever', async () => {
    const { system, allocator } = await rigWithLeftovers();
    const source = allocator.source('order');
    const ids: bigint[] = [];
    for (let i = 0; i < 14; i++) {
      ids.push(await source.next());
      await system.settle();
    }
    expect(ids).toEqual([3n, 4n, 5n, 12n, 13n, 14n, 15n, 16n, 17n, 18n, 19n, 20n, 31n, 32n]);
    expect(allocator.totals()).toMatchObject({ issuedIds: 14, leftovers: { takenIds: 12, leftIds: 0 } });
  });

  it('counts what came by its real size', async () => {
    const { system, allocator } = await rigWithLeftovers();
    await allocator.source('order').next();
    await system.settle();
    expect(allocator.tagStats()[0]).toMatchObject({ reservedIds: 12, issuedIds: 1, droppedIds: 0, remainingIds: 11 });
  });

  it('serves a batch that is larger than a range at once, however much was left', async () => {
    const { store, allocator } = await rigWithLeftovers();
    const ranges = await allocator.source('order').nextMany(15);
    expect(ranges.map(({ start, end }) => [start, end])).toEqual([[31n, 45n]]);
    expect(store.takes()[0]).toBe('take order 15');
    expect(allocator.totals().leftovers.takenIds).toBe(0);
  });

  it('goes through one leftover at the most while somebody waits, and leaves the others to the next process', async () => {
    const rig = await rigWithLeftovers();
    const { system, allocator } = rig;
    const ranges = await allocator.source('order').nextMany(8);
    expect(ranges.map(({ start, end }) => [start, end])).toEqual([
      [3n, 5n],
      [31n, 35n],
    ]);
    await allocator.source('order').nextMany(8);
    await system.settle();
    expect(allocator.totals().leftovers.takenIds).toBe(3);
    expect(await (await another(rig)).source('order').next()).toBe(12n);
  });

  it('asks for none where all who wait lack more than a range together', async () => {
    const { system, store, allocator } = await rigWithLeftovers();
    const source = allocator.source('order');
    store.goDown();
    const waits = [source.nextMany(9), source.nextMany(9)];
    await system.settle();
    store.comeBack();
    await system.advance(1000);
    expect((await Promise.all(waits)).flat().map(({ start }) => start)).toEqual([31n, 40n]);
  });

  it('asks for leftovers no more once it has had a range of its own', async () => {
    const rig = await segmentRig();
    const source = rig.allocator.source('order');
    await source.next();
    await rig.system.settle();
    rig.store.setMaxId('order', 51n);
    await rig.store.leave('order', { start: 31n, end: 41n }, TARGET_MS);
    const ranges = await source.nextMany(20);
    expect(ranges.map(({ start, end }) => [start, end])).toEqual([
      [2n, 10n],
      [51n, 61n],
    ]);
    expect(rig.allocator.totals().leftovers.takenIds).toBe(0);
  });

  it('asks for none when it raised the tag, nor after the tag was retired and made again', async () => {
    const rig = await segmentRig();
    const { store, allocator } = rig;
    await allocator.putTag('order', { stepIds: 10, maxId: 5n });
    store.setMaxId('order', 31n);
    await store.leave('order', { start: 12n, end: 21n }, TARGET_MS);
    expect(await allocator.source('order').next()).toBe(31n);
    await allocator.retireTag('order');
    await allocator.putTag('order', { stepIds: 10 });
    store.setMaxId('order', 91n);
    await store.leave('order', { start: 71n, end: 81n }, TARGET_MS);
    expect(await allocator.source('order').next()).toBe(91n);
  });

  it('asks for none older than a range should last', async () => {
    const { store, allocator } = await rigWithLeftovers();
    store.nowMs = TARGET_MS;
    expect(await allocator.source('order').next()).toBe(31n);
  });

  it.each([
    ['below what it had', { start: 4n, end: 6n, isLeftover: true }],
    ['with a stride', { start: 12n, end: 21n, stride: 2n, isLeftover: true }],
  ] as const)('takes no leftover %s', async (_, lie) => {
    const { system, store, allocator } = await rigWithLeftovers();
    store.hold();
    const waits = allocator.source('order').next();
    await system.settle();
    store.lie = () => lie;
    store.release();
    expect(await waits).toBe(3n);
    await system.settle();
    expect(allocator.tagStats()[0]).toMatchObject({ remainingIds: 2, failure: 'INTERNAL' });
  });
});

describe('SegmentAllocator at stop, beside others', () => {
  it('leaves no gap when instances that live at the same time are restarted one by one', async () => {
    const rig = await segmentRig();
    const ids: bigint[] = [];
    const living = [rig.allocator, await another(rig), await another(rig)];
    const use = async (allocator: SegmentAllocator) => {
      for (let i = 0; i < 7; i++) ids.push(await allocator.source('order').next());
      await rig.system.settle();
    };
    for (const each of living) await use(each);
    for (const [i, each] of living.entries()) {
      await each.stop();
      living[i] = await another(rig);
      await use(living[i]);
    }
    for (const each of living) await each.stop();
    const last = await another(rig);
    const maxId = rig.store.table.get('order')!.maxId;
    while (BigInt(ids.length) < maxId - 1n) ids.push(await last.source('order').next());
    expect(ids.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      Array.from({ length: ids.length }, (_, i) => BigInt(i + 1)),
    );
  });

  it('says how much it left', async () => {
    const rig = await segmentRig();
    await rig.allocator.source('order').nextMany(4);
    await rig.system.settle();
    await (await another(rig)).source('order').next();
    await rig.allocator.stop();
    expect(rig.allocator.totals()).toMatchObject({ givenBackIds: 0, leftovers: { leftIds: 16, takenIds: 0 } });
    expect(rig.system.logged('info').at(-1)).toMatchObject({ fields: { ids: 0, leftIds: 16, tags: 1 } });
  });
});
