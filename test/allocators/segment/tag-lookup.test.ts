import { describe, expect, it } from 'vitest';
import { SegmentAllocator } from '../../../src/allocators/segment/segment-allocator.ts';
import { FrondError } from '../../../src/errors.ts';
import { ScriptedRangeStore } from '../../support/scripted-range-store.ts';
import { errorOf, SEGMENT_OPTIONS, segmentRig, watched } from '../../support/segment-rig.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

describe('SegmentAllocator and tags that it does not know', () => {
  it('finds a tag that another instance made, by one question however many ask', async () => {
    const { store, allocator } = await segmentRig({}, 10);
    await store.seed('later', 1000);
    const ids = await Promise.all(Array.from({ length: 20 }, () => allocator.source('later').next()));
    expect(ids).toEqual(Array.from({ length: 20 }, (_, i) => BigInt(i + 1)));
    expect(store.calls.filter(call => call.startsWith('getTag'))).toEqual(['getTag later']);
  });

  it('shares one buffer among sources that are older than their tag', async () => {
    const { system, store, allocator } = await segmentRig();
    const [a, b] = [allocator.source('later'), allocator.source('later')];
    expect(a).not.toBe(b);
    expect(await errorOf(a.next())).toMatchObject({ code: 'UNKNOWN_TAG', details: { tag: 'later' } });
    await store.seed('later', 100);
    await system.advance(1000);
    expect([await a.next(), await b.next(), a.tryNext(), b.tryNext(), allocator.source('later').tryNext()]).toEqual([
      1n,
      2n,
      3n,
      4n,
      5n,
    ]);
    expect(store.takes()).toHaveLength(1);
  });

  it('hands out the same source of a live tag each time', async () => {
    const { allocator } = await segmentRig();
    expect(allocator.source('order')).toBe(allocator.source('order'));
  });

  it('believes for a second that a tag does not exist', async () => {
    const { system, store, allocator } = await segmentRig();
    const source = allocator.source('nobody');
    for (let i = 0; i < 10; i++) expect(await errorOf(source.next())).toMatchObject({ code: 'UNKNOWN_TAG' });
    expect(store.calls).toEqual(['getTag nobody']);
    await system.advance(1000);
    await errorOf(source.next());
    expect(store.calls).toEqual(['getTag nobody', 'getTag nobody']);
  });

  it('knows a tag at once that was made here, though it was absent a moment ago', async () => {
    const { allocator } = await segmentRig();
    const source = allocator.source('later');
    await errorOf(source.next());
    await allocator.putTag('later', { stepIds: 10 });
    expect(await source.next()).toBe(1n);
  });

  it('forgets made-up names: the oldest of 1,024 is asked for again', async () => {
    const { store, allocator } = await segmentRig({ maxWaiters: 5000 });
    const ask = (i: number) => errorOf(allocator.source(`made-up-${i}`).next());
    await Promise.all(Array.from({ length: 1024 }, (_, i) => ask(i)));
    await ask(0);
    expect(store.calls).toHaveLength(1024);
    await ask(1024);
    await ask(0);
    expect(store.calls).toHaveLength(1026);
    expect(allocator.status().knownTags).toBe(1);
  });

  it('bounds the callers that wait for an answer', async () => {
    const { store, allocator } = await segmentRig({ maxWaiters: 2 });
    store.hold();
    const calls = ['a', 'b'].map(tag => watched(allocator.source(tag).next()));
    expect(await errorOf(allocator.source('c').next())).toMatchObject({ code: 'TOO_MANY_WAITERS' });
    expect(calls.map(call => call.now)).toEqual(['pending', 'pending']);
    expect(store.calls).toEqual(['getTag a', 'getTag b']);
    store.release();
  });

  it('asks about two tags at a time, however many are made up, and about the others in their order', async () => {
    const { system, store, allocator } = await segmentRig({ maxWaiters: 1000 });
    store.hold();
    const calls = Array.from({ length: 300 }, (_, i) => watched(allocator.source(`made-up-${i}`).next()));
    await system.settle();
    expect(store.calls).toEqual(['getTag made-up-0', 'getTag made-up-1']);
    for (const answer of store.held.splice(0, 1)) answer();
    await system.settle();
    expect(store.calls).toEqual([0, 1, 2].map(i => `getTag made-up-${i}`));
    store.release();
    await system.settle();
    expect(new Set(calls.map(call => call.now))).toEqual(new Set(['UNKNOWN_TAG']));
    expect(store.calls.filter(call => call.startsWith('getTag'))).toEqual(calls.map((_, i) => `getTag made-up-${i}`));
  });

  it('tells who queues what the store said to the first, and asks no more', async () => {
    const { system, store, allocator } = await segmentRig();
    store.goDown();
    const calls = Array.from({ length: 50 }, (_, i) => watched(allocator.source(`made-up-${i}`).next()));
    await system.settle();
    expect(new Set(calls.map(call => call.now))).toEqual(new Set(['STORE_UNAVAILABLE']));
    expect(store.calls).toHaveLength(2);
  });

  it('asks nothing more about queued tags when it is stopped', async () => {
    const { system, store, allocator } = await segmentRig();
    store.hold();
    const calls = Array.from({ length: 50 }, (_, i) => watched(allocator.source(`made-up-${i}`).next()));
    await system.settle();
    const stopped = allocator.stop();
    store.release();
    await stopped;
    expect(new Set(calls.map(call => call.now))).toEqual(new Set(['NOT_READY']));
    expect(store.calls).toEqual(['getTag made-up-0', 'getTag made-up-1']);
  });

  it('asks nothing about further tags while the store fails', async () => {
    const { store, allocator } = await segmentRig();
    store.goDown();
    const first = await errorOf(allocator.source('a').next());
    const second = await errorOf(allocator.source('b').next());
    expect([first.code, second.code]).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
    expect(first.retryAfterMs).toBeGreaterThan(0);
    expect(store.calls).toEqual(['getTag a']);
  });

  it('waits for no store that is known to be away where another source stands in', async () => {
    const { system, store, allocator } = await segmentRig();
    const ask = () => watched(allocator.source('a').next({ hasStandIn: true }));
    store.goDown();
    await errorOf(allocator.source('a').next());
    await system.advance(1000);
    store.hold();
    const plain = watched(allocator.source('a').next());
    const known = ask();
    await system.settle();
    expect([plain.now, known.now]).toEqual(['pending', 'STORE_UNAVAILABLE']);
    store.release();
    store.comeBack();
    await system.advance(1000);
    // A listing or a range has been answered since.
    await allocator.source('order').next();
    await store.seed('a', 10);
    expect(await allocator.source('a').next({ hasStandIn: true })).toBe(1n);
  });

  it('tells of a store that gives no answer, until it gives one', async () => {
    const { system, store, allocator } = await segmentRig();
    const storeFailure = () => allocator.status().storeFailure;
    store.goDown();
    await errorOf(allocator.source('a').next());
    expect(storeFailure()).toMatchObject({ code: 'STORE_UNAVAILABLE', silentMs: 0 });
    await system.advance(1000);
    expect(storeFailure()).toMatchObject({ silentMs: 1000 });
    // Damage is an answer.
    store.error = new FrondError('STORE_DAMAGED', { store: 'scripted', reason: 'a row makes no sense' });
    await errorOf(allocator.source('a').next());
    expect([storeFailure(), allocator.storeContact().up]).toEqual([null, true]);
    await system.advance(1000);
    store.goDown();
    await errorOf(allocator.source('a').next());
    expect(storeFailure()).not.toBeNull();
    await system.advance(1000);
    store.comeBack();
    expect(await errorOf(allocator.source('a').next())).toMatchObject({ code: 'UNKNOWN_TAG' });
    expect(storeFailure()).toBeNull();
  });

  it('keeps the deadline over question and fetch together', async () => {
    const { system, store, allocator } = await segmentRig();
    await store.seed('later', 10);
    store.hold();
    const call = watched(allocator.source('later').next({ deadlineMs: 100 }));
    await system.advance(60);
    store.held.splice(0)[0]?.();
    await system.advance(39);
    expect(call.now).toBe('pending');
    await system.advance(1);
    expect(call.now).toBe('DEADLINE_EXCEEDED');
    store.release();
  });

  it('ends the wait for an answer at its deadline or by its signal', async () => {
    const { system, store, allocator } = await segmentRig();
    store.hold();
    const controller = new AbortController();
    const late = watched(allocator.source('a').next({ deadlineMs: 10 }));
    const aborted = watched(allocator.source('a').next({ signal: controller.signal }));
    const atOnce = watched(allocator.source('a').next({ deadlineMs: 0 }));
    await system.settle();
    controller.abort();
    await system.advance(10);
    expect([late.now, aborted.now, atOnce.now]).toEqual(['DEADLINE_EXCEEDED', 'ABORTED', 'DEADLINE_EXCEEDED']);
    store.release();
  });

  it('takes another spelling for another tag, though the database may not', async () => {
    const { store, allocator } = await segmentRig();
    store.getTag = async () => ({ tag: 'order', maxId: 1n, stepIds: 10, description: null, updatedAtMs: null });
    expect(await errorOf(allocator.source('Order').next())).toMatchObject({ code: 'UNKNOWN_TAG' });
  });

  it.each(['', ' ', 'a b', '-a', 'a/b', 'x'.repeat(129), 'ü'])('refuses %j as a name at once', async tag => {
    const { allocator } = await segmentRig();
    expect(() => allocator.source(tag)).toThrow(/tag is/);
    expect(() => allocator.source(undefined)).toThrow(/tag is/);
  });

  it('serves a tag with a name that only Leaf would take, where the table has it', async () => {
    const system = new VirtualSystem();
    const store = new ScriptedRangeStore();
    await store.seed('Bestellung #1', 10);
    const allocator = new SegmentAllocator({ store, system, options: SEGMENT_OPTIONS });
    await allocator.start();
    expect(await allocator.source('Bestellung #1').next()).toBe(1n);
  });
});
