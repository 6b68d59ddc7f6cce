import { describe, expect, it } from 'vitest';
import { countOf, idsOf } from '../../../src/allocators/id-ranges.ts';
import { SnowflakeAllocator, type SnowflakeOptions } from '../../../src/allocators/snowflake/snowflake-allocator.ts';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { T0_MS, VirtualHost } from './host.ts';

/** Four IDs a millisecond. */
const NARROW = { sequenceBits: 2 };

async function serving(options: SnowflakeOptions = {}): Promise<VirtualHost> {
  return new VirtualHost(new MemorySlots({ provesDeath: true }), options).start();
}

/** The outcome of a promise without waiting for it to have one. */
function watch<T>(promise: Promise<T>): { value?: T; error?: unknown; done: boolean } {
  const seen: { value?: T; error?: unknown; done: boolean } = { done: false };
  promise.then(
    value => Object.assign(seen, { value, done: true }),
    (error: unknown) => Object.assign(seen, { error, done: true }),
  );
  return seen;
}

describe('snowflake allocator', () => {
  it('gives NOT_READY before it was started and after it was stopped', async () => {
    const host = new VirtualHost(new MemorySlots());
    expect(host.allocator.state).toBe('new');
    expect(host.allocator.source().tryNext()).toBeUndefined();
    await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'NOT_READY' });
    await host.start();
    expect(host.allocator.state).toBe('ready');
    await host.stop();
    expect(host.allocator.state).toBe('stopped');
    await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'NOT_READY' });
    await expect(host.allocator.start()).rejects.toMatchObject({ code: 'NOT_READY' });
  });

  it('shares one start and one stop', async () => {
    const slots = new MemorySlots();
    const host = new VirtualHost(slots);
    expect(host.allocator.start()).toBe(host.allocator.start());
    await host.start();
    expect(host.allocator.stop()).toBe(host.allocator.stop());
    await host.stop();
    expect(slots.records.size).toBe(1);
  });

  it('ends all waits with NOT_READY when it is stopped', async () => {
    const host = await serving(NARROW);
    const waits = [
      watch<unknown>(host.allocator.source().nextMany(100)),
      watch<unknown>(host.allocator.source().next()),
    ];
    await host.system.settle();
    expect(host.allocator.status().waiters).toBe(2);
    await host.stop();
    for (const wait of waits) expect(wait.error).toMatchObject({ code: 'NOT_READY' });
    expect(host.system.pendingTimers).toBe(0);
  });

  it('lets calls wait for the start, and gives them IDs when it is done', async () => {
    const host = new VirtualHost(new MemorySlots());
    void host.allocator.start();
    const id = watch(host.allocator.source().next());
    expect(host.allocator.state).toBe('starting');
    await host.system.advance(10);
    expect(typeof id.value).toBe('bigint');
  });

  it('says that it is starting when a call does not want to wait', async () => {
    const host = new VirtualHost(new MemorySlots());
    void host.allocator.start();
    await expect(host.allocator.source().next({ deadlineMs: 0 })).rejects.toMatchObject({ code: 'NOT_READY' });
    await host.start();
  });

  describe('a batch', () => {
    it('is one range of consecutive numbers where the millisecond has room', async () => {
      const host = await serving();
      const ranges = await host.allocator.source().nextMany(1000);
      expect(ranges).toHaveLength(1);
      expect(countOf(ranges)).toBe(1000n);
    });

    it('goes on over milliseconds, in order and complete', async () => {
      const host = await serving(NARROW);
      const batch = watch(host.allocator.source().nextMany(41));
      await host.system.advance(30);
      const ids = [...idsOf(batch.value!)];
      expect(ids).toHaveLength(41);
      for (let i = 1; i < ids.length; i++) expect(ids[i]!).toBeGreaterThan(ids[i - 1]!);
      expect(batch.value!.length).toBeLessThanOrEqual(12);
    });

    it('merges what is adjacent', async () => {
      const host = await serving({ workerBits: 0, sequenceBits: 2 });
      const batch = watch(host.allocator.source().nextMany(20));
      await host.system.advance(30);
      expect(countOf(batch.value!)).toBe(20n);
      expect(batch.value!.length).toBeLessThan(4);
    });

    it('that is not complete in time is lost, and its IDs are never given again', async () => {
      const host = await serving(NARROW);
      const batch = watch(host.allocator.source().nextMany(44, { deadlineMs: 10 }));
      await host.system.advance(20);
      expect(batch.error).toMatchObject({ code: 'DEADLINE_EXCEEDED', details: { deadlineMs: 10 } });
      const issued = host.allocator.issued;
      expect(issued).toBeGreaterThan(30);
      const next = host.mint();
      expect(host.timeOf(next)).toBe(host.nowMs);
    });

    it.each([
      [45, 10, 44],
      [4005, undefined, 4004],
      [5, 0, 4],
    ])(
      'of %s IDs that %s ms cannot bring is refused at once and spends nothing',
      async (count, deadlineMs, possible) => {
        const host = await serving(NARROW);
        const options = deadlineMs === undefined ? undefined : { deadlineMs };
        const refused = host.allocator.source().nextMany(count, options);
        await expect(refused).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
          details: { field: 'count', value: count },
        });
        await expect(refused).rejects.toThrow(`at most ${possible}: 4 IDs a millisecond`);
        expect(host.allocator.issued).toBe(0);
      },
    );

    it.each([0, -1, 1.5, 2 ** 31, Number.NaN])('of %s IDs is refused', async count => {
      const host = await serving();
      await expect(host.allocator.source().nextMany(count)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    });
  });

  describe('callers that wait for the next millisecond', () => {
    it('are served first come, first served, with one timer a millisecond', async () => {
      const host = await serving(NARROW);
      host.allocator.source().nextMany(4);
      const order: number[] = [];
      const ids: bigint[] = [];
      for (let i = 0; i < 10; i++) {
        void host.allocator
          .source()
          .next()
          .then(id => {
            order.push(i);
            ids.push(id);
          });
      }
      await host.system.settle();
      const waiting = host.allocator.status().waiters;
      expect(waiting).toBeGreaterThan(5);
      // One deadline for each, and one timer for all.
      expect(host.system.pendingForegroundTimers).toBe(waiting + 1);
      await host.system.advance(10);
      expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect([...ids].sort((a, b) => (a < b ? -1 : 1))).toEqual(ids);
      expect(host.system.pendingForegroundTimers).toBe(0);
    });

    it('are bounded in number', async () => {
      const host = await serving({ ...NARROW, maxWaiters: 3 });
      const waits = Array.from({ length: 9 }, () => watch(host.allocator.source().next()));
      await host.system.settle();
      const refused = waits.filter(wait => wait.error !== undefined);
      expect(refused.length).toBeGreaterThanOrEqual(2);
      for (const wait of refused) expect(wait.error).toMatchObject({ code: 'TOO_MANY_WAITERS', details: { limit: 3 } });
      await host.system.advance(5);
      expect(waits.filter(wait => wait.value !== undefined).length).toBe(9 - refused.length);
    });

    it('may give up, and do not hold up the others', async () => {
      const host = await serving(NARROW);
      const abort = new AbortController();
      const first = watch(host.allocator.source().nextMany(1000, { signal: abort.signal, deadlineMs: 60_000 }));
      const second = watch(host.allocator.source().next());
      await host.system.advance(3);
      expect([first.done, second.done]).toEqual([false, false]);
      abort.abort(new Error('enough'));
      await host.system.advance(2);
      expect(first.error).toMatchObject({ code: 'ABORTED' });
      expect(typeof second.value).toBe('bigint');
      await expect(host.allocator.source().next({ signal: abort.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    });

    it('are refused at once when the clock goes back too far', async () => {
      const host = await serving(NARROW);
      const batch = watch(host.allocator.source().nextMany(1000));
      await host.system.settle();
      host.system.stepWall(-60_000);
      await host.system.advance(2);
      expect(batch.error).toMatchObject({ code: 'CLOCK_BACKWARDS' });
      expect(host.allocator.status().refusals).toEqual({ CLOCK_BACKWARDS: 1 });
    });
  });

  it('lets calls wait for a renewal that is merely late, as after a pause of the process', async () => {
    const host = await serving();
    host.mint();
    host.system.pause(20_000);
    expect(host.allocator.source().tryNext()).toBeUndefined();
    expect(host.allocator.state).toBe('ready');
    const id = watch(host.allocator.source().next());
    await host.system.advance(1);
    expect(host.timeOf(id.value!)).toBeGreaterThanOrEqual(host.nowMs - 1);
  });

  it('refuses with EPOCH_EXHAUSTED when the layout is used up', async () => {
    const host = await serving({ timeBits: 41 });
    host.system.stepWall(2 ** 41);
    await host.system.advance(30_000);
    await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'EPOCH_EXHAUSTED' });
    expect(host.allocator.state).toBe('refusing');
    expect(host.allocator.status().remainingLifeYears).toBe(0);
  });

  it.each([
    ['of a host that has not been set yet', {}, 1000],
    ['behind the epoch', { epochMs: T0_MS + 60_000 }, T0_MS],
  ])('refuses under a clock %s, and serves when it is right', async (_, options, wallMs) => {
    const host = await new VirtualHost(new MemorySlots({ provesDeath: true }), options, { wallMs }).start();
    expect(host.allocator.state).toBe('refusing');
    await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'CLOCK_BEHIND' });
    host.system.stepWall(T0_MS + 120_000 - host.nowMs);
    await host.system.advance(20_000);
    expect(host.timeOf(host.mint())).toBe(host.nowMs);
  });

  it('refuses with EPOCH_EXHAUSTED from the start when the layout was used up before', async () => {
    const host = await serving({ epochMs: 0, timeBits: 30 });
    await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'EPOCH_EXHAUSTED' });
  });

  it('cuts a clock with fractions of a millisecond, which would reach the worker ID', async () => {
    const system = new VirtualSystem({ wallMs: T0_MS });
    const clock = { ...system.clock, wallMs: () => system.clock.wallMs() + 0.37 };
    const store = new MemorySlots({ provesDeath: true }).handle();
    const { timers, random, logger } = system;
    const allocator = new SnowflakeAllocator({ store, system: { clock, timers, random, logger } });
    await allocator.start();
    const decoded = allocator.decode(allocator.source().tryNext()!);
    expect(decoded).toMatchObject({ timeMs: T0_MS, workerId: 0 });
    expect((await store.list())[0]?.data.hwmMs).toBe(T0_MS + 3000);
    await allocator.stop();
  });

  it('has a status that is plain JSON and tells what a person wants to know', async () => {
    const host = await serving();
    host.mint();
    await host.allocator.source().nextMany(9);
    const status = host.allocator.status();
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
    expect(status).toMatchObject({
      kind: 'snowflake',
      state: 'ready',
      keeper: 'holding',
      failure: null,
      workerId: 0,
      issued: '10',
      waiters: 0,
      lastTimeMs: host.nowMs,
      aheadMs: 0,
      clockDriftMs: 0,
      layout: { epochMs: 1288834974657, timeBits: 41, workerBits: 10, sequenceBits: 12 },
    });
    expect(status.limitLeftMs).toBeGreaterThan(2900);
    expect(status.remainingLifeYears).toBeGreaterThan(50);
  });

  it('refuses wrong settings when it is made', () => {
    const slots = new MemorySlots();
    expect(() => new VirtualHost(slots, { workerBits: 22 })).toThrow(/FROND_WORKER_BITS/);
    expect(() => new VirtualHost(slots, { lookaheadMs: 10 })).toThrow(/FROND_LOOKAHEAD_MS/);
  });

  it('decodes its own IDs', async () => {
    const host = await serving();
    const id = host.mint();
    expect(host.allocator.decode(id)).toMatchObject({ timeMs: host.nowMs, workerId: 0 });
    expect(() => host.allocator.decode(-1n)).toThrow(/id is/);
  });
});
