import { afterEach, describe, expect, it } from 'vitest';
import { idsOf } from '../../../src/allocators/id-ranges.ts';
import { SegmentAllocator } from '../../../src/allocators/segment/segment-allocator.ts';
import { FrondError } from '../../../src/errors.ts';
import { MemoryRangeStore } from '../../../src/stores/ranges/memory.ts';
import { realSystem } from '../../../src/system/system.ts';
import { allocatorContract } from '../../contract/allocator.ts';
import { ScriptedRangeStore } from '../../support/scripted-range-store.ts';
import { errorOf, SEGMENT_OPTIONS, segmentRig, watched } from '../../support/segment-rig.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

allocatorContract({
  name: 'segment, over memory in real time',
  tag: 'order',
  ordered: true,
  hasLife: true,
  idsOf: batch => [...idsOf(batch)],
  open: async () => {
    const store = new MemoryRangeStore({ seedTags: [{ tag: 'order', stepIds: 10, description: null }] });
    const allocator = new SegmentAllocator({ store, system: realSystem, options: SEGMENT_OPTIONS });
    return { allocator, end: async () => {} };
  },
});

allocatorContract({
  name: 'segment, over a store that can fail in virtual time',
  tag: 'order',
  ordered: true,
  hasLife: true,
  idsOf: batch => [...idsOf(batch)],
  open: async () => {
    const system = new VirtualSystem();
    const store = new ScriptedRangeStore();
    await store.seed('order', 10);
    const allocator = new SegmentAllocator({ store, system, options: SEGMENT_OPTIONS });
    return {
      allocator,
      starve: async () => {
        store.goDown();
        await system.settle();
      },
      feed: () => store.comeBack(),
      passTime: ms => system.advance(ms),
      end: async () => {},
    };
  },
});

describe('SegmentAllocator at start', () => {
  const cold = () => {
    const system = new VirtualSystem();
    const store = new ScriptedRangeStore();
    const allocator = new SegmentAllocator({ store, system, options: SEGMENT_OPTIONS });
    return { system, store, allocator };
  };

  it('refuses while the store cannot be reached, says why, and becomes ready by itself', async () => {
    const { system, store, allocator } = cold();
    await store.seed('order', 10);
    store.goDown();
    const early = allocator.source('order');
    await allocator.start();
    expect(allocator.state).toBe('refusing');
    expect(allocator.status()).toMatchObject({ state: 'refusing', failure: 'STORE_UNAVAILABLE' });
    const error = await errorOf(early.next());
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(error.retryAfterMs).toBeLessThanOrEqual(100);
    await system.advance(10_000);
    expect(store.calls.length).toBeLessThan(10_000 / 400 + 5);
    store.comeBack();
    await system.advance(800);
    expect(allocator.state).toBe('ready');
    expect(allocator.status()).toMatchObject({ failure: null });
    expect(await early.next()).toBe(1n);
  });

  it.each([['STORE_NOT_INITIALISED' as const], ['STORE_DAMAGED' as const]])(
    'throws %s, and can be started again',
    async code => {
      const { store, allocator } = cold();
      await store.seed('order', 10);
      store.error = new FrondError(code, { store: 'scripted', reason: 'as scripted' });
      expect(await errorOf(allocator.start())).toMatchObject({ code });
      expect(allocator.state).toBe('new');
      store.comeBack();
      await allocator.start();
      expect(await allocator.source('order').next()).toBe(1n);
    },
  );

  it('lets callers wait who come while the store is being opened, and no longer than their deadline', async () => {
    const { system, store, allocator } = cold();
    await store.seed('order', 10);
    store.hold();
    const started = allocator.start();
    const hasty = errorOf(allocator.source('order').next({ deadlineMs: 5 }));
    const patient = allocator.source('order').next({ deadlineMs: 500 });
    await system.advance(5);
    expect(await hasty).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    store.release();
    await started;
    expect(await patient).toBe(1n);
  });

  it('cannot be started after it was stopped', async () => {
    const { allocator } = cold();
    await allocator.stop();
    expect(await errorOf(allocator.start())).toMatchObject({ code: 'NOT_READY' });
  });

  it('keeps no process alive by its timers', async () => {
    const { system, store, allocator } = cold();
    store.goDown();
    await allocator.start();
    expect([system.pendingTimers, system.pendingForegroundTimers]).toEqual([1, 0]);
    store.comeBack();
    await system.advance(100);
    expect([system.pendingTimers, system.pendingForegroundTimers]).toEqual([1, 0]);
    await allocator.stop();
    expect(system.pendingTimers).toBe(0);
  });
});

describe('SegmentAllocator at stop', () => {
  it('waits for the fetch under way, gives nothing of it, and closes the store once', async () => {
    const { system, store, allocator } = await segmentRig();
    const source = allocator.source('order');
    store.hold();
    const call = watched(source.next());
    await system.settle();
    const stop = watched(allocator.stop());
    await system.settle();
    expect([call.now, stop.now, allocator.state, store.closed]).toEqual(['NOT_READY', 'pending', 'stopping', 0]);
    store.release();
    await system.settle();
    expect([stop.now, allocator.state, store.closed]).toEqual([undefined, 'stopped', 1]);
    expect(source.tryNext()).toBeUndefined();
  });

  it('rejects who waits for an unknown tag to be looked up', async () => {
    const { system, store, allocator } = await segmentRig();
    store.hold();
    const call = watched(allocator.source('later').next());
    await system.settle();
    const stop = allocator.stop();
    await system.settle();
    expect(call.now).toBe('NOT_READY');
    store.release();
    await stop;
  });

  it('stops though the store is dead', async () => {
    const { system, store, allocator } = await segmentRig();
    store.goDown();
    allocator.source('order').tryNext();
    await system.advance(1000);
    await allocator.stop();
    expect([allocator.state, system.pendingTimers]).toEqual(['stopped', 0]);
  });
});

describe('SegmentAllocator together with others on one table', () => {
  const allocators: SegmentAllocator[] = [];
  afterEach(async () => {
    await Promise.all(allocators.splice(0).map(each => each.stop()));
  });

  it('gives no ID twice, and rising ones to each', async () => {
    const table = new Map();
    const seedTags = [{ tag: 'order', stepIds: 7, description: null }];
    for (let i = 0; i < 4; i++) {
      const store = new MemoryRangeStore({ seedTags, table });
      allocators.push(new SegmentAllocator({ store, system: realSystem, options: SEGMENT_OPTIONS }));
    }
    await Promise.all(allocators.map(each => each.start()));
    const perAllocator = await Promise.all(
      allocators.map(async each => {
        const ids: bigint[] = [];
        for (let i = 0; i < 1000; i++) {
          ids.push(await each.source('order').next());
          if (i % 50 === 0) ids.push(...idsOf(await each.source('order').nextMany(13)));
        }
        return ids;
      }),
    );
    for (const ids of perAllocator) expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(perAllocator.flat()).size).toBe(4 * (1000 + 20 * 13));
  });
});
