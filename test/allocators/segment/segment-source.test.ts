import { describe, expect, it } from 'vitest';
import { countOf, idsOf } from '../../../src/allocators/id-ranges.ts';
import { errorOf, segmentRig, watched } from '../../support/segment-rig.ts';

describe('SegmentSource', () => {
  it('fetches nothing before the first ID is wanted', async () => {
    const { system, store, allocator } = await segmentRig();
    allocator.source('order');
    await system.advance(1000);
    expect(store.takes()).toEqual([]);
  });

  it('gives the IDs of the first range in order, beginning at 1', async () => {
    const { allocator } = await segmentRig();
    const source = allocator.source('order');
    expect([await source.next(), await source.next(), source.tryNext(), source.tryNextNumber()]).toEqual([
      1n,
      2n,
      3n,
      4,
    ]);
  });

  it('fetches the second range when a quarter of the first is used, once', async () => {
    const { system, store, allocator } = await segmentRig({}, 100);
    const source = allocator.source('order');
    for (let i = 0; i < 25; i++) await source.next();
    await system.settle();
    expect(store.takes()).toEqual(['take order 100']);
    source.tryNext();
    for (let i = 0; i < 50; i++) source.tryNext();
    await system.settle();
    expect(store.takes()).toEqual(['take order 100', 'take order 100']);
  });

  it('never makes a caller wait where the second range came in time', async () => {
    const { system, allocator } = await segmentRig({}, 10);
    const source = allocator.source('order');
    let last = await source.next();
    for (let i = 0; i < 500; i++) {
      await system.settle();
      const id = source.tryNext();
      expect(id).toBe(last + 1n);
      last = id!;
    }
  });

  it('gives IDs of a tag whose step is 1', async () => {
    const { system, allocator } = await segmentRig({ stepMaxIds: 1 }, 1);
    const source = allocator.source('order');
    const ids: bigint[] = [];
    for (let i = 0; i < 20; i++) {
      ids.push(await source.next());
      await system.settle();
    }
    expect(ids).toEqual(Array.from({ length: 20 }, (_, i) => BigInt(i + 1)));
  });

  it('starts a fetch when only tryNext is ever called', async () => {
    const { system, allocator } = await segmentRig();
    const source = allocator.source('order');
    expect(source.tryNext()).toBeUndefined();
    await system.settle();
    expect(source.tryNext()).toBe(1n);
  });

  it('serves waiters in the order in which they came, with one fetch that is wide enough for all', async () => {
    const { system, store, allocator } = await segmentRig({}, 1);
    const source = allocator.source('order');
    store.hold();
    const first = source.next();
    await system.settle();
    const rest = Array.from({ length: 49 }, () => source.next());
    store.release();
    expect(await Promise.all([first, ...rest])).toEqual(Array.from({ length: 50 }, (_, i) => BigInt(i + 1)));
    expect(store.takes().slice(0, 2)).toEqual(['take order 1', 'take order 49']);
  });

  it('begins the fetch of the next range when the caller whose ID makes it due has gone on', async () => {
    const { system, store, allocator } = await segmentRig({}, 10);
    const source = allocator.source('order');
    await source.next();
    await system.settle();
    const asked = store.takes().length;
    for (let i = 0; i < 5; i++) {
      const before = store.takes().length;
      await source.next();
      expect(store.takes()).toHaveLength(before);
      await system.settle();
    }
    expect(store.takes()).toHaveLength(asked + 1);
  });

  it('answers nextMany(100,000) on step 1000 after one fetch, as one range', async () => {
    const { store, allocator } = await segmentRig({}, 1000);
    const ranges = await allocator.source('order').nextMany(100_000);
    expect(ranges).toEqual([{ start: 1n, end: 100_000n, step: 1n }]);
    expect(store.takes()[0]).toBe('take order 100000');
  });

  it('answers nextMany from the buffer and one fetch for the rest, merged where adjacent', async () => {
    const { store, system, allocator } = await segmentRig({}, 10);
    const source = allocator.source('order');
    await source.nextMany(2);
    await system.settle();
    const ranges = await source.nextMany(100);
    expect(ranges).toEqual([{ start: 3n, end: 102n, step: 1n }]);
    expect(store.takes().slice(0, 3)).toEqual(['take order 10', 'take order 10', 'take order 82']);
  });

  it('gives many at once as far as they are at hand, and else takes and fetches nothing', async () => {
    const { system, store, allocator } = await segmentRig({}, 100);
    const source = allocator.source('order');
    expect(source.tryNextMany(3)).toBeUndefined();
    await system.settle();
    expect(store.takes()).toEqual([]);
    await source.next();
    expect(source.tryNextMany(10)).toEqual([{ start: 2n, end: 11n, step: 1n }]);
    expect(source.tryNextMany(90)).toBeUndefined();
    expect(source.tryNext()).toBe(12n);
    // What is taken so makes the next fetch due as well.
    source.tryNextMany(60);
    await system.settle();
    expect(store.takes()).toEqual(['take order 100', 'take order 100']);
    expect(source.tryNextMany(100)).toEqual([{ start: 73n, end: 172n, step: 1n }]);
    expect(() => source.tryNextMany(0)).toThrow(/count is 0/);
    await allocator.stop();
    expect(source.tryNextMany(1)).toBeUndefined();
  });

  it('gives separate ranges where another instance took the IDs between', async () => {
    const { store, system, allocator } = await segmentRig({}, 10);
    const source = allocator.source('order');
    await source.nextMany(2);
    await system.settle();
    store.setMaxId('order', 1000n);
    const ranges = await source.nextMany(30);
    expect(ranges).toEqual([
      { start: 3n, end: 20n, step: 1n },
      { start: 1000n, end: 1011n, step: 1n },
    ]);
    expect(countOf(ranges)).toBe(30n);
  });

  it('keeps single and batch callers that wait in order', async () => {
    const { store, system, allocator } = await segmentRig({}, 5);
    const source = allocator.source('order');
    store.hold();
    const calls = [source.nextMany(3), source.next(), source.nextMany(7), source.next()] as const;
    await system.settle();
    store.release();
    const [a, b, c, d] = await Promise.all(calls);
    expect([...idsOf(a), b, ...idsOf(c), d]).toEqual(Array.from({ length: 12 }, (_, i) => BigInt(i + 1)));
  });

  it.each([0, -1, 1.5, 2 ** 31, Number.NaN])('refuses nextMany(%d)', async count => {
    const { store, allocator } = await segmentRig();
    expect(await errorOf(allocator.source('order').nextMany(count))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(store.takes()).toEqual([]);
  });

  it.each([-1, Number.NaN])('refuses a deadline of %d ms', async deadlineMs => {
    const { allocator } = await segmentRig();
    const error = await errorOf(allocator.source('order').next({ deadlineMs }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('gives numbers up to 2^53 - 1, then says that it cannot, and loses no ID over it', async () => {
    const { store, allocator } = await segmentRig({}, 10);
    store.setMaxId('order', 2n ** 53n - 2n);
    const source = allocator.source('order');
    expect(await source.next()).toBe(2n ** 53n - 2n);
    expect(source.tryNextNumber()).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => source.tryNextNumber()).toThrow(/2\^53/);
    expect(source.tryNext()).toBe(2n ** 53n);
  });

  it('gives undefined as a number while it waits for a range', async () => {
    const { system, allocator } = await segmentRig();
    const source = allocator.source('order');
    expect(source.tryNextNumber()).toBeUndefined();
    await system.settle();
    expect(source.tryNextNumber()).toBe(1);
  });

  describe('a waiter', () => {
    it('is rejected at its deadline when no range came, and its IDs go to the next one', async () => {
      const { system, store, allocator } = await segmentRig();
      const source = allocator.source('order');
      store.hold();
      const early = watched(source.next({ deadlineMs: 50 }));
      const late = watched(source.next());
      await system.advance(49);
      expect(early.now).toBe('pending');
      await system.advance(1);
      expect([early.now, late.now]).toEqual(['DEADLINE_EXCEEDED', 'pending']);
      store.release();
      await system.settle();
      expect(late.now).toBe(1n);
    });

    it('waits as long as the allocator says when the call does not', async () => {
      const { system, store, allocator } = await segmentRig({ waitDeadlineMs: 300 });
      store.hold();
      const call = watched(allocator.source('order').next());
      await system.advance(299);
      expect(call.now).toBe('pending');
      await system.advance(1);
      expect(call.now).toBe('DEADLINE_EXCEEDED');
    });

    it('with a deadline of 0 never waits, but starts the fetch', async () => {
      const { system, allocator } = await segmentRig();
      const source = allocator.source('order');
      expect(await errorOf(source.next({ deadlineMs: 0 }))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      await system.settle();
      expect(await source.next({ deadlineMs: 0 })).toBe(1n);
    });

    it('leaves when its signal is aborted', async () => {
      const { system, store, allocator } = await segmentRig();
      const source = allocator.source('order');
      store.hold();
      const reason = new Error('client went away');
      const controller = new AbortController();
      const call = errorOf(source.next({ signal: controller.signal }));
      await system.settle();
      controller.abort(reason);
      const error = await call;
      expect(error).toMatchObject({ code: 'ABORTED' });
      expect(error.cause).toBe(reason);
      expect(allocator.tagStats()[0]?.waiters).toBe(0);
      store.release();
      expect(await source.next()).toBe(1n);
    });

    it('takes no ID when its signal is aborted already', async () => {
      const { allocator } = await segmentRig();
      const source = allocator.source('order');
      await source.next();
      expect(await errorOf(source.next({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'ABORTED' });
      expect(await source.next()).toBe(2n);
    });

    it('leaves neither a timer nor a listener behind', async () => {
      const { system, store, allocator } = await segmentRig();
      const { signal } = new AbortController();
      const listening = new Set<unknown>();
      const add = signal.addEventListener.bind(signal);
      signal.addEventListener = (type: string, listener: never, options?: never) => {
        listening.add(listener);
        add(type, listener, options);
      };
      const remove = signal.removeEventListener.bind(signal);
      signal.removeEventListener = (type: string, listener: never) => {
        listening.delete(listener);
        remove(type, listener);
      };
      store.hold();
      const call = allocator.source('order').next({ signal });
      await system.settle();
      expect([listening.size, system.pendingForegroundTimers]).toEqual([1, 1]);
      store.release();
      await call;
      expect([listening.size, system.pendingForegroundTimers]).toEqual([0, 0]);
    });

    it('is one of maxWaiters at most', async () => {
      const { system, store, allocator } = await segmentRig({ maxWaiters: 2 });
      const source = allocator.source('order');
      store.hold();
      const waiting = [watched(source.next()), watched(source.next())];
      const error = await errorOf(source.next());
      expect(error).toMatchObject({ code: 'TOO_MANY_WAITERS', details: { limit: 2 } });
      expect(error.retryAfterMs).toBeGreaterThan(0);
      store.release();
      await system.settle();
      expect(waiting.map(each => each.now)).toEqual([1n, 2n]);
    });
  });
});
