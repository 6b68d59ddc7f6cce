import { describe, expect, it } from 'vitest';
import { ID_MAX, type TagChange } from '../../../src/stores/range-store.ts';
import { errorOf, segmentRig } from '../../support/segment-rig.ts';

describe('SegmentAllocator on refresh', () => {
  it('reads the list once per tagRefreshMs, by one timer, however many tags there are', async () => {
    const { system, store, allocator } = await segmentRig();
    for (let i = 0; i < 50; i++) await store.seed(`tag-${i}`, 10);
    await system.advance(60_000);
    for (let i = 0; i < 50; i++) await allocator.source(`tag-${i}`).next();
    store.calls.length = 0;
    await system.advance(120_000);
    expect(store.calls.filter(call => call === 'listTags')).toHaveLength(2);
    expect(allocator.status().knownTags).toBe(51);
    expect(system.pendingTimers).toBe(1);
  });

  it('picks up a new step, and drops a tag that was retired elsewhere', async () => {
    const { system, store, allocator } = await segmentRig({}, 100);
    await store.seed('gone', 100);
    const [order, gone] = [allocator.source('order'), allocator.source('gone')];
    await order.next();
    await gone.next();
    await store.seed('order', 5000, 101n);
    await store.retireElsewhere('gone');
    expect(gone.tryNext()).toBe(2n);
    await system.advance(60_000);
    expect(gone.tryNext()).toBeUndefined();
    expect(await errorOf(gone.next())).toMatchObject({ code: 'UNKNOWN_TAG' });
    store.calls.length = 0;
    await order.nextMany(50);
    await system.settle();
    expect(store.takes()).toEqual(['take order 5000']);
  });

  it('goes on with what it knows while the list cannot be read, and reads it again later', async () => {
    const { system, store, allocator } = await segmentRig({}, 100);
    await allocator.source('order').next();
    store.goDown();
    await system.advance(180_000);
    expect(allocator.state).toBe('ready');
    expect(allocator.source('order').tryNext()).toBe(2n);
    store.comeBack();
    await store.seed('later', 10);
    await system.advance(60_000);
    expect(allocator.status().knownTags).toBe(2);
  });

  it('says once that the list cannot be read, and why in the status, then that it can', async () => {
    const { system, store, allocator } = await segmentRig({}, 100);
    await allocator.source('order').next();
    expect(allocator.status().storeFailure).toBeNull();
    store.goDown();
    await system.advance(185_000);
    const told = () => system.logs.filter(line => line.level !== 'debug');
    const reason = expect.stringContaining('scripted');
    const fields = { code: 'STORE_UNAVAILABLE', reason };
    expect(told()).toMatchObject([{ level: 'warn', fields, message: 'the list of tags could not be read' }]);
    expect(allocator.status().storeFailure).toEqual({ ...fields, silentMs: 125_000 });
    store.comeBack();
    await system.advance(60_000);
    expect(told().slice(1)).toMatchObject([{ level: 'info', message: 'the list of tags is read again' }]);
    expect(allocator.status().storeFailure).toBeNull();
  });

  it('keeps a tag that was made, and drops one that was retired, while the list was being read', async () => {
    const { system, store, allocator } = await segmentRig();
    await allocator.putTag('old', { stepIds: 10 });
    store.hold();
    await system.advance(60_000);
    const list = store.held.splice(0);
    store.release();
    await allocator.putTag('fresh', { stepIds: 10 });
    await allocator.source('fresh').nextMany(2);
    await allocator.retireTag('old');
    for (const answer of list) answer();
    await system.settle();
    expect(allocator.source('fresh').tryNext()).toBe(3n);
    expect(allocator.status().knownTags).toBe(2);
  });
});

describe('SegmentAllocator as the directory of tags', () => {
  it('creates, changes, lists and retires tags', async () => {
    const { allocator } = await segmentRig();
    expect(await allocator.putTag('a', { stepIds: 5, description: 'first' })).toMatchObject({ created: true });
    expect(await allocator.putTag('a', { stepIds: 6 })).toMatchObject({ created: false, record: { stepIds: 6 } });
    expect(await allocator.getTag('a')).toMatchObject({ tag: 'a', stepIds: 6, description: 'first', maxId: 1n });
    expect((await allocator.listTags()).map(record => record.tag)).toEqual(['a', 'order']);
    await allocator.retireTag('a');
    expect(await errorOf(allocator.getTag('a'))).toMatchObject({ code: 'UNKNOWN_TAG' });
    expect(await errorOf(allocator.retireTag('a'))).toMatchObject({ code: 'UNKNOWN_TAG' });
  });

  it('takes a description of 256 characters, however many code units they are', async () => {
    const { allocator } = await segmentRig();
    const description = '🌿'.repeat(256);
    expect((await allocator.putTag('a', { stepIds: 1, description })).record).toMatchObject({ description });
  });

  const bad: [string, unknown][] = [
    ['stepIds', { stepIds: 0 }],
    ['stepIds', { stepIds: 1.5 }],
    ['stepIds', { stepIds: 2 ** 31 }],
    ['stepIds', {}],
    ['description', { stepIds: 1, description: 'x'.repeat(257) }],
    ['description', { stepIds: 1, description: '🌿'.repeat(257) }],
    ['description', { stepIds: 1, description: 5 }],
    ['maxId', { stepIds: 1, maxId: 0n }],
    ['maxId', { stepIds: 1, maxId: ID_MAX + 1n }],
    ['maxId', { stepIds: 1, maxId: 5 }],
  ];
  it.each(bad)('refuses a bad %s without asking the store', async (field, change) => {
    const { store, allocator } = await segmentRig();
    const error = await errorOf(allocator.putTag('a', change as TagChange));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', details: { field } });
    expect(store.calls).toEqual([]);
  });

  it('refuses bad names and passes on what the store refuses', async () => {
    const { store, allocator } = await segmentRig();
    for (const call of [allocator.getTag('a b'), allocator.putTag('a b', { stepIds: 1 }), allocator.retireTag('a b')]) {
      expect(await errorOf(call)).toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    store.setMaxId('order', 100n);
    expect(await errorOf(allocator.putTag('order', { stepIds: 1, maxId: 5n }))).toMatchObject({
      code: 'TAG_WOULD_REWIND',
    });
    store.goDown();
    expect(await errorOf(allocator.listTags())).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('is closed outside the life of the allocator', async () => {
    const { allocator } = await segmentRig();
    await allocator.stop();
    expect(await errorOf(allocator.listTags())).toMatchObject({ code: 'NOT_READY' });
    expect(await errorOf(allocator.putTag('a', { stepIds: 1 }))).toMatchObject({ code: 'NOT_READY' });
  });
});

describe('SegmentAllocator in figures', () => {
  it('shows what each used tag did, as JSON with 64-bit figures as text', async () => {
    const { system, store, allocator } = await segmentRig();
    store.setMaxId('order', 9007199254740993n);
    await allocator.source('order').next();
    await system.settle();
    expect(allocator.status()).toEqual({
      kind: 'segment',
      state: 'ready',
      store: 'scripted',
      failure: null,
      storeFailure: null,
      knownTags: 1,
      rewinds: 0,
      givenBackIds: 0,
      leftovers: { leftIds: 0, takenIds: 0 },
      health: { risks: [] },
      issued: '1',
      fetches: { ok: 1, failed: 0, refused: 0, rewound: 0, discarded: 0 },
      tags: [
        {
          tag: 'order',
          tableStepIds: 10,
          stepIds: 10,
          reserved: '10',
          issued: '1',
          dropped: '0',
          remaining: '9',
          idsPerSecond: 0,
          secondsToEmpty: null,
          highWater: '9007199254741003',
          waiters: 0,
          rewound: false,
          failure: null,
          fetches: { ok: 1, failed: 0, refused: 0, rewound: 0, discarded: 0 },
          lastFetchMs: 0,
          lastFetchOutcome: 'ok',
          lastFetchAgoMs: 0,
        },
      ],
      tagsOmitted: 0,
      used: {
        count: 1,
        failing: 0,
        reserved: '10',
        issued: '1',
        dropped: '0',
        remaining: '9',
        idsPerSecond: 0,
        waiters: 0,
        soonestEmpty: null,
      },
    });
  });

  it('keeps totals that do not fall when a tag is retired', async () => {
    const { system, store, allocator } = await segmentRig();
    const source = allocator.source('order');
    await source.nextMany(22);
    await system.settle();
    store.hold();
    for (let i = 0; i < 11; i++) source.tryNext();
    await system.settle();
    const fetch = store.held.splice(0);
    store.release();
    await allocator.retireTag('order');
    for (const answer of fetch) answer();
    await system.settle();
    expect(allocator.tagStats()).toEqual([]);
    expect(allocator.totals()).toMatchObject({ issuedIds: 33, fetches: { ok: 3, discarded: 1 } });
  });

  it('times every fetch, failed ones too', async () => {
    const { system, store, allocator } = await segmentRig();
    store.hold();
    const call = allocator.source('order').next();
    await system.advance(25);
    store.release();
    await call;
    expect(allocator.fetchLatency.count).toBe(1);
    expect(allocator.fetchLatency.sumSeconds).toBeCloseTo(0.025);
    expect(allocator.tagStats()[0]?.lastFetch).toEqual({ outcome: 'ok', durationMs: 25, agoMs: 0 });
  });
});
