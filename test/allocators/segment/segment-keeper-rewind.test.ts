import { describe, expect, it } from 'vitest';
import { errorOf, segmentRig, watched } from '../../support/segment-rig.ts';

describe('SegmentKeeper when the store went back', () => {
  /** IDs 50,000 to 50,031 were had, of which 22 were given; then the row says 15 again. */
  async function rewound() {
    const rig = await segmentRig({ stepMaxIds: 10 }, 10);
    const source = rig.allocator.source('order');
    rig.store.setMaxId('order', 50_000n);
    await source.nextMany(22);
    await rig.system.settle();
    const had = rig.allocator.tagStats()[0]!.highWater!;
    rig.store.setMaxId('order', 15n);
    return { ...rig, source, had };
  }

  it('serves what it had before, throws away what it is offered twice, and says so', async () => {
    const { system, source, allocator, had } = await rewound();
    const ids: bigint[] = [];
    for (let id = source.tryNext(); id !== undefined; id = source.tryNext()) {
      ids.push(id);
      await system.settle();
    }
    expect(ids).toEqual(Array.from({ length: Number(had) - 50_022 }, (_, i) => BigInt(50_022 + i)));
    const error = await errorOf(source.next());
    expect(error).toMatchObject({ code: 'SEGMENT_REWOUND', details: { tag: 'order', start: 15n, highWater: had } });
    expect(allocator.tagStats()[0]).toMatchObject({ rewound: true, fetches: { rewound: 1 } });
    expect(system.logged('error')).toHaveLength(1);
  });

  it('takes no more ranges, but asks for maxId, at most every 2.5 to 5 s in the end, and only when called', async () => {
    const { system, store, source } = await rewound();
    await errorOf(source.nextMany(1000));
    const takes = store.takes().length;
    for (let i = 0; i < 3000; i++) {
      await errorOf(source.nextMany(1000));
      await system.advance(10);
    }
    expect(store.takes()).toHaveLength(takes);
    const asked = store.calls.filter(call => call === 'getTag order').length;
    expect(asked).toBeGreaterThanOrEqual(6);
    expect(asked).toBeLessThanOrEqual(6 + 30_000 / 2500);
    await system.advance(59_000);
    expect(store.calls.filter(call => call === 'getTag order')).toHaveLength(asked);
  });

  it('goes on above all it had, as soon as the table has passed that', async () => {
    const { system, store, source, allocator, had } = await rewound();
    await errorOf(source.nextMany(1000));
    store.setMaxId('order', had - 1n);
    await system.advance(5000);
    expect(await errorOf(source.next())).toMatchObject({ code: 'SEGMENT_REWOUND' });
    store.setMaxId('order', had);
    await system.advance(5000);
    expect((await source.nextMany(1000))[0]?.start).toBe(had);
    expect(allocator.tagStats()[0]).toMatchObject({ rewound: false });
  });

  it('goes on at once when this instance raises the tag', async () => {
    const { allocator, source } = await rewound();
    await errorOf(source.nextMany(1000));
    await allocator.putTag('order', { stepIds: 10, maxId: 60_000n });
    expect(await source.next()).toBe(60_000n);
  });

  it('stays refused while the store does not answer the question', async () => {
    const { system, store, source } = await rewound();
    await errorOf(source.nextMany(1000));
    store.goDown();
    await system.advance(5000);
    expect(await errorOf(source.nextMany(1000))).toMatchObject({ code: 'SEGMENT_REWOUND' });
  });

  it('remembers what it had of a tag that was retired and made again', async () => {
    const { store, source, allocator, had } = await rewound();
    await allocator.retireTag('order');
    store.table.delete('order');
    await allocator.putTag('order', { stepIds: 10 });
    expect(await errorOf(source.next())).toMatchObject({ code: 'SEGMENT_REWOUND', details: { start: 1n } });
    await allocator.putTag('order', { stepIds: 10, maxId: had });
    expect(await source.next()).toBe(had);
  });
});

describe('SegmentKeeper when its tag is changed here', () => {
  it('drops buffered IDs below a raised maxId at once', async () => {
    const { system, allocator } = await segmentRig({}, 100);
    const source = allocator.source('order');
    await source.nextMany(20);
    await system.settle();
    await allocator.putTag('order', { stepIds: 100, maxId: 5000n });
    expect(await source.next()).toBe(5000n);
    expect(allocator.tagStats()[0]).toMatchObject({ issuedIds: 21 });
  });

  it('drops them also when the next range, from above the raise, overtook the answer', async () => {
    const { system, store, allocator } = await segmentRig({}, 10);
    const source = allocator.source('order');
    expect(await source.next()).toBe(1n);
    store.hold();
    const put = allocator.putTag('order', { stepIds: 10, maxId: 1000n });
    await system.settle();
    const putAnswer = store.held.splice(0);
    source.tryNext();
    source.tryNext();
    await system.settle();
    expect(store.held).toHaveLength(1);
    for (const answer of store.held.splice(0)) answer();
    await system.settle();
    for (const answer of putAnswer) answer();
    store.release();
    await put;
    expect(await source.next()).toBe(1000n);
    expect(allocator.tagStats()[0]).toMatchObject({ issuedIds: 4, highWater: 1010n });
  });

  it('throws away a range that was under way while the tag was raised, and it is no rewind', async () => {
    const { system, store, allocator } = await segmentRig();
    const source = allocator.source('order');
    store.hold();
    const call = watched(source.next());
    await system.settle();
    const fetch = store.held.splice(0);
    store.release();
    await allocator.putTag('order', { stepIds: 10, maxId: 5000n });
    for (const answer of fetch) answer();
    await system.settle();
    expect(call.now).toBe(5000n);
    expect(allocator.tagStats()[0]).toMatchObject({ rewound: false, fetches: { ok: 1, discarded: 1 } });
  });

  it('asks for the new step from the next fetch on', async () => {
    const { system, store, allocator } = await segmentRig({}, 10);
    const source = allocator.source('order');
    await source.nextMany(15);
    await system.settle();
    store.calls.length = 0;
    await allocator.putTag('order', { stepIds: 3000 });
    await source.nextMany(12);
    await system.settle();
    expect(store.takes()[0]).toBe('take order 3000');
  });

  it('gives nothing of a retired tag, at once, and goes on above it when it is made again', async () => {
    const { allocator } = await segmentRig({}, 100);
    const source = allocator.source('order');
    await source.nextMany(5);
    await allocator.retireTag('order');
    expect(source.tryNext()).toBeUndefined();
    expect(source.tryNextNumber()).toBeUndefined();
    expect(await errorOf(source.next())).toMatchObject({ code: 'UNKNOWN_TAG' });
    await allocator.putTag('order', { stepIds: 100 });
    expect(await source.next()).toBe(101n);
  });

  it('rejects who waits when the tag is retired, and throws away the range that comes too late', async () => {
    const { system, store, allocator } = await segmentRig();
    const source = allocator.source('order');
    store.hold();
    const call = watched(source.next());
    await system.settle();
    const fetch = store.held.splice(0);
    store.release();
    await allocator.retireTag('order');
    await system.settle();
    expect(call.now).toBe('UNKNOWN_TAG');
    await allocator.putTag('order', { stepIds: 10 });
    expect(await source.next()).toBe(11n);
    for (const answer of fetch) answer();
    await system.settle();
    expect(await source.next()).toBe(12n);
  });
});

describe('SegmentKeeper when the list of tags shows that the store went back', () => {
  it('refuses and alarms before any fetch, gives what it has, and goes on when the row is lifted', async () => {
    const { system, store, allocator } = await segmentRig({ tagRefreshMs: 1000 }, 10);
    const source = allocator.source('order');
    expect(await source.next()).toBe(1n);
    await system.settle();
    const takes = store.takes().length;
    const had = allocator.tagStats()[0]!.highWater!;
    store.setMaxId('order', 5n);
    await system.advance(1000);
    expect(allocator.tagStats()[0]).toMatchObject({ rewound: true, fetches: { rewound: 0 } });
    expect(allocator.totals().rewinds).toBe(1);
    expect(system.logged('error')).toMatchObject([{ fields: { tag: 'order', start: '5', highWater: `${had}` } }]);
    await system.advance(3000);
    expect(allocator.totals().rewinds).toBe(1);
    expect(await source.next()).toBe(2n);
    expect(await errorOf(source.nextMany(1000))).toMatchObject({ code: 'SEGMENT_REWOUND' });
    expect(store.takes()).toHaveLength(takes);
    store.setMaxId('order', 700n);
    await system.advance(1000);
    expect(allocator.tagStats()[0]).toMatchObject({ rewound: false });
    expect((await source.nextMany(1000)).at(-1)?.end).toBeGreaterThan(700n);
  });

  it('is not misled by a fetch, or by a raise, that ends while the list is being read', async () => {
    const { system, store, allocator } = await segmentRig({ tagRefreshMs: 1000 }, 10);
    await store.seed('raised', 10);
    const source = allocator.source('order');
    await source.next();
    await allocator.source('raised').next();
    await system.settle();
    store.hold();
    await system.advance(1000);
    expect(store.calls.at(-1)).toBe('listTags');
    const [answerList] = store.held.splice(0);
    store.release();
    await source.nextMany(50);
    await allocator.putTag('raised', { stepIds: 10, maxId: 900n });
    answerList!();
    await system.settle();
    expect(allocator.tagStats()).toMatchObject([{ rewound: false }, { rewound: false }]);
    expect(allocator.totals().rewinds).toBe(0);
  });

  it('leaves it to a fetch that is under way', async () => {
    const { system, store, allocator } = await segmentRig({ tagRefreshMs: 1000 }, 10);
    const source = allocator.source('order');
    await source.next();
    await system.settle();
    store.hold();
    const many = source.nextMany(50);
    store.setMaxId('order', 5n);
    const [answerFetch] = store.held.splice(0);
    store.release();
    await system.advance(1000);
    expect(allocator.tagStats()[0]).toMatchObject({ rewound: false });
    answerFetch!();
    expect((await many).length).toBeGreaterThan(0);
    await system.advance(1000);
    expect(allocator.tagStats()[0]).toMatchObject({ rewound: true });
  });

  it('alarms also for a tag that was gone in between, as while its table is restored', async () => {
    const { system, store, allocator } = await segmentRig({ tagRefreshMs: 1000 }, 10);
    await allocator.source('order').next();
    await system.settle();
    const row = store.table.get('order')!;
    store.table.delete('order');
    await system.advance(1000);
    expect(allocator.tagStats()).toEqual([]);
    store.table.set('order', { ...row, maxId: 5n });
    await system.advance(1000);
    expect(allocator.tagStats()[0]).toMatchObject({ rewound: true, fetches: { rewound: 0 } });
    expect(await errorOf(allocator.source('order').next())).toMatchObject({ code: 'SEGMENT_REWOUND' });
  });
});
