import { describe, expect, it } from 'vitest';
import { SegmentAllocator } from '../../../src/allocators/segment/segment-allocator.ts';
import { SEGMENT_OPTIONS, type SegmentRig, segmentRig, watched } from '../../support/segment-rig.ts';

const maxIdOf = ({ store }: SegmentRig) => store.table.get('order')?.maxId;

/** One more instance on the store of the rig. */
async function another({ store, system }: SegmentRig): Promise<SegmentAllocator> {
  const allocator = new SegmentAllocator({ store, system, options: SEGMENT_OPTIONS });
  await allocator.start();
  return allocator;
}

describe('SegmentAllocator at stop, with IDs left', () => {
  it('gives back what nobody was given, of both ranges in one step, and says so', async () => {
    const rig = await segmentRig();
    await rig.allocator.source('order').nextMany(4);
    await rig.system.settle();
    expect(maxIdOf(rig)).toBe(21n);
    await rig.allocator.stop();
    expect(maxIdOf(rig)).toBe(5n);
    expect(rig.store.calls.filter(call => call.startsWith('giveBack'))).toEqual(['giveBack order 5 21']);
    expect(rig.allocator.totals()).toMatchObject({ givenBackIds: 16, issuedIds: 4 });
    expect(rig.system.logged('info').at(-1)).toMatchObject({ fields: { ids: 16, tags: 1, gapIds: 0 } });
    expect(await (await another(rig)).source('order').next()).toBe(5n);
  });

  it('gives back only the second range when another instance took one in between', async () => {
    const rig = await segmentRig();
    const other = await another(rig);
    const source = rig.allocator.source('order');
    await source.next();
    await other.source('order').next();
    await source.nextMany(3);
    await rig.system.settle();
    expect(maxIdOf(rig)).toBe(31n);
    await rig.allocator.stop();
    expect(maxIdOf(rig)).toBe(21n);
    await other.stop();
    expect(maxIdOf(rig)).toBe(12n);
  });

  it('gives back nothing when another instance took the latest range', async () => {
    const rig = await segmentRig();
    await rig.allocator.source('order').next();
    await rig.system.settle();
    await (await another(rig)).source('order').next();
    await rig.allocator.stop();
    expect(maxIdOf(rig)).toBe(21n);
    expect(rig.allocator.totals().givenBackIds).toBe(0);
  });

  it('gives back a range that comes in after the stop began, together with the rest before it', async () => {
    const rig = await segmentRig();
    const source = rig.allocator.source('order');
    await source.next();
    rig.store.hold();
    await source.nextMany(3);
    await rig.system.settle();
    expect(rig.store.held).toHaveLength(1);
    const stop = rig.allocator.stop();
    expect(source.tryNext()).toBeUndefined();
    rig.store.release();
    await stop;
    expect(maxIdOf(rig)).toBe(5n);
  });

  it('does not give back in a store that went back to an older state', async () => {
    const rig = await segmentRig();
    const source = rig.allocator.source('order');
    await source.nextMany(4);
    await rig.system.settle();
    rig.store.setMaxId('order', 1n);
    await source.nextMany(12);
    await rig.system.settle();
    expect(rig.allocator.tagStats()[0]).toMatchObject({ rewound: true });
    rig.store.setMaxId('order', 21n);
    await rig.allocator.stop();
    expect(maxIdOf(rig)).toBe(21n);
  });

  it('does not give back in a store that was seen to go back by the last range, which came after the stop began', async () => {
    const rig = await segmentRig();
    const source = rig.allocator.source('order');
    await source.next();
    await rig.system.settle();
    rig.store.setMaxId('order', 1n);
    rig.store.hold();
    await source.nextMany(3);
    await rig.system.settle();
    expect(rig.store.held).toHaveLength(1);
    const stop = rig.allocator.stop();
    // Others have had what this process has left, and maxId is its end again.
    rig.store.setMaxId('order', 11n);
    rig.store.calls.length = 0;
    rig.store.release();
    await stop;
    expect([maxIdOf(rig), rig.store.calls]).toEqual([11n, []]);
    expect(rig.allocator.totals()).toMatchObject({ rewinds: 1, givenBackIds: 0, leftovers: { leftIds: 0 } });
    expect(rig.system.logged('error')).toMatchObject([{ fields: { tag: 'order', start: '1', highWater: '11' } }]);
  });

  it('does not give back either once the table has passed what it had', async () => {
    const rig = await segmentRig({ tagRefreshMs: 1000 });
    await rig.allocator.source('order').next();
    await rig.system.settle();
    rig.store.setMaxId('order', 1n);
    await rig.system.advance(1000);
    rig.store.setMaxId('order', 11n);
    await rig.system.advance(1000);
    expect(rig.allocator.tagStats()[0]).toMatchObject({ rewound: false });
    rig.store.calls.length = 0;
    await rig.allocator.stop();
    expect([maxIdOf(rig), rig.store.calls]).toEqual([11n, []]);
    expect(rig.system.logged('info').at(-1)).toMatchObject({ fields: { ids: 0, leftIds: 0, gapIds: 9 } });
  });

  it('asks a store that fails no second time, and stops', async () => {
    const rig = await segmentRig();
    for (let i = 0; i < 20; i++) {
      await rig.store.seed(`tag-${i}`, 10);
      await rig.allocator.source(`tag-${i}`).next();
    }
    await rig.system.settle();
    rig.store.calls.length = 0;
    rig.store.goDown();
    await rig.allocator.stop();
    expect(rig.store.calls.length).toBeLessThanOrEqual(4);
    expect(rig.system.logged('warn').at(-1)).toMatchObject({
      fields: { ids: 0, gapIds: 180, code: 'STORE_UNAVAILABLE' },
    });
  });

  it('waits for a store that hangs no longer than two seconds', async () => {
    const rig = await segmentRig();
    await rig.allocator.source('order').next();
    await rig.system.settle();
    rig.store.hold();
    const stop = watched(rig.allocator.stop());
    await rig.system.advance(1999);
    expect(stop.now).toBe('pending');
    await rig.system.advance(1);
    expect([stop.now, rig.allocator.state]).toEqual([undefined, 'stopped']);
  });

  it('leaves no other instance behind its high-water mark, also one that raised the tag to where it was', async () => {
    const rig = await segmentRig();
    const other = await another(rig);
    await rig.allocator.source('order').next();
    await rig.system.settle();
    await other.putTag('order', { stepIds: 10, maxId: 11n });
    await rig.allocator.stop();
    expect(maxIdOf(rig)).toBe(2n);
    expect(await other.source('order').next()).toBe(11n);
    expect(other.tagStats()[0]).toMatchObject({ rewound: false });
  });

  it('gives the IDs of a tag without gap or repeat when ten instances follow one another', async () => {
    const rig = await segmentRig();
    const ids: bigint[] = [];
    for (let i = 0; i < 10; i++) {
      const allocator = await another(rig);
      for (let n = 0; n < 7; n++) ids.push(await allocator.source('order').next());
      await allocator.stop();
    }
    expect(ids).toEqual(Array.from({ length: 70 }, (_, i) => BigInt(i + 1)));
  });
});
