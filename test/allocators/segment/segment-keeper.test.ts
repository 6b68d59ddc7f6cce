import { describe, expect, it } from 'vitest';
import { FrondError } from '../../../src/errors.ts';
import { ID_MAX } from '../../../src/stores/range-store.ts';
import { errorOf, SEGMENT_OPTIONS, segmentRig, watched } from '../../support/segment-rig.ts';

describe('SegmentKeeper while the store is down', () => {
  it('lets callers wait, tries again by itself, and serves them when the store is back', async () => {
    const { system, store, allocator } = await segmentRig();
    store.goDown();
    const call = watched(allocator.source('order').next({ deadlineMs: 10_000 }));
    await system.advance(5000);
    expect(call.now).toBe('pending');
    store.comeBack();
    await system.advance(800);
    expect(call.now).toBe(1n);
  });

  it('rejects at the deadline with what the store said, and when it will be asked again', async () => {
    const { system, store, allocator } = await segmentRig();
    store.goDown();
    const call = errorOf(allocator.source('order').next({ deadlineMs: 500 }));
    await system.advance(500);
    const error = await call;
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { reason: 'scripted outage' } });
    expect(error.cause).toBe(store.error);
    const asked = store.takes().length;
    await system.advance(error.retryAfterMs! - 1);
    expect(store.takes()).toHaveLength(asked);
    await system.advance(1);
    expect(store.takes()).toHaveLength(asked + 1);
  });

  it('refuses at once what another source stands in for, from the first failure to the first answer', async () => {
    const { system, store, allocator } = await segmentRig();
    const source = allocator.source('order');
    store.goDown();
    store.hold();
    const ask = () => [watched(source.next({ hasStandIn: true })), watched(source.nextMany(2, { hasStandIn: true }))];
    const first = ask();
    await system.settle();
    const early = watched(source.next({ deadlineMs: 10_000 }));
    await system.settle();
    expect([...first, early].map(call => call.now)).toEqual(['pending', 'pending', 'pending']);
    store.release();
    await system.settle();
    expect([...first, early].map(call => call.now)).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'pending']);
    const [plain, known] = [watched(source.next({ deadlineMs: 10_000 })), ask()];
    await system.settle();
    expect([plain.now, ...known.map(call => call.now)]).toEqual(['pending', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
    store.comeBack();
    await system.advance(800);
    expect([early.now, plain.now]).toEqual([1n, 2n]);
    expect(await source.next({ hasStandIn: true })).toBe(3n);
  });

  it('knows from the list of tags that the store is away, and asks it all the same', async () => {
    const { system, store, allocator } = await segmentRig();
    const source = allocator.source('order');
    const ask = () => errorOf(source.next({ hasStandIn: true }));
    store.goDown();
    await system.advance(SEGMENT_OPTIONS.tagRefreshMs);
    expect(allocator.status().storeFailure).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    store.hold();
    expect(await ask()).toMatchObject({ code: 'STORE_UNAVAILABLE', retryAfterMs: expect.any(Number) });
    store.release();
    store.comeBack();
    await system.advance(1000);
    expect(await source.next({ hasStandIn: true })).toBe(1n);
  });

  it('believes no failure that is older than an answer', async () => {
    const { system, store, allocator } = await segmentRig({ stepMaxIds: 1e9 });
    const source = allocator.source('order');
    const stats = () => allocator.tagStats()[0]!;
    const use = async () => {
      await source.nextMany(100);
      await system.advance(10_000);
    };
    for (let i = 0; i < 60; i++) await use();
    store.goDown();
    while (stats().failure === undefined) await use();
    // Nobody asks for IDs any more, so that no range is due when the store is back, and none is fetched.
    await system.advance(60_000);
    store.comeBack();
    await system.advance(3_600_000);
    expect(stats().failure).toBe('STORE_UNAVAILABLE');
    store.hold();
    await source.nextMany(stats().remainingIds);
    const call = watched(source.next({ hasStandIn: true }));
    await system.settle();
    expect(call.now).toBe('pending');
    store.release();
    await system.settle();
    expect(typeof call.now).toBe('bigint');
  });

  it('waits 50 to 100 ms after the first failure, then twice as long each time, up to 400 to 800 ms', async () => {
    const { system, store, allocator } = await segmentRig();
    store.goDown();
    const source = allocator.source('order');
    source.tryNext();
    await system.settle();
    const pausesMs: number[] = [];
    for (let i = 0; i < 7; i++) {
      const startMs = system.clock.monotonicMs();
      const asked = store.takes().length;
      while (store.takes().length === asked) await system.advance(1);
      pausesMs.push(system.clock.monotonicMs() - startMs);
    }
    for (const [i, pauseMs] of pausesMs.entries()) {
      const ceilingMs = Math.min(800, 100 * 2 ** i);
      expect(pauseMs).toBeGreaterThanOrEqual(ceilingMs / 2);
      expect(pauseMs).toBeLessThanOrEqual(ceilingMs + 1);
    }
  });

  it('does not ask more often however many call', async () => {
    const { system, store, allocator } = await segmentRig({ maxWaiters: 1000 });
    store.goDown();
    const source = allocator.source('order');
    const calls: unknown[] = [];
    for (let i = 0; i < 500; i++) {
      calls.push(watched(source.next()));
      source.tryNext();
      await system.advance(20);
    }
    expect(calls).toHaveLength(500);
    expect(store.takes().length).toBeLessThan(10_000 / 400 + 5);
  });

  it('serves what it has, and fetches the missing range when the store is back, though nobody calls', async () => {
    const { system, store, allocator } = await segmentRig({}, 100);
    const source = allocator.source('order');
    await source.next();
    store.goDown();
    for (let i = 2; i <= 100; i++) expect(source.tryNext()).toBe(BigInt(i));
    await system.advance(5000);
    store.comeBack();
    await system.advance(800);
    expect(source.tryNext()).toBe(101n);
  });

  it('refuses a batch that it cannot give whole, and leaves the buffered IDs to others', async () => {
    const { system, store, allocator } = await segmentRig({}, 1000);
    const source = allocator.source('order');
    expect(await source.next()).toBe(1n);
    store.goDown();
    for (let i = 2; i <= 301; i++) source.tryNext();
    await system.settle();
    const error = await errorOf(source.nextMany(5000));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryAfterMs: expect.any(Number) });
    expect(source.tryNext()).toBe(302n);
    expect(await source.nextMany(698)).toEqual([{ start: 303n, end: 1000n, step: 1n }]);
    store.comeBack();
    await system.advance(800);
    expect((await source.nextMany(1500))[0]?.start).toBe(1001n);
  });

  it('asks again for a batch after an outage in which the tag grew quiet, instead of refusing it for ever', async () => {
    const { system, store, allocator } = await segmentRig({ segmentTargetMs: 60_000, stepMaxIds: 100_000 });
    const source = allocator.source('order');
    await source.next();
    for (let i = 0; i < 600; i++) {
      await system.advance(100);
      for (let n = 0; n < 10; n++) source.tryNext();
    }
    store.goDown();
    while (allocator.tagStats()[0]!.failure === undefined) {
      await system.advance(100);
      for (let n = 0; n < 10; n++) source.tryNext();
    }
    // Nobody asks any more, so what is left lasts, and no range is due.
    await system.advance(300_000);
    const asked = store.takes().length;
    await system.advance(300_000);
    expect(store.takes()).toHaveLength(asked);
    store.comeBack();
    const count = allocator.tagStats()[0]!.remainingIds + 1;
    const batch = watched(source.nextMany(count));
    await system.settle();
    expect(batch.now).toEqual([expect.objectContaining({ step: 1n })]);
  });

  it('stops asking when the second range is there and nobody waits', async () => {
    const { system, store, allocator } = await segmentRig({}, 100);
    const source = allocator.source('order');
    for (let i = 0; i < 20; i++) await source.next();
    await system.settle();
    const asked = store.takes().length;
    store.goDown();
    await system.advance(50_000);
    expect(store.takes()).toHaveLength(asked);
  });

  it('treats an error that is not ours as a defect, and goes on', async () => {
    const { system, store, allocator } = await segmentRig();
    store.error = new TypeError('driver bug');
    const failed = errorOf(allocator.source('order').next({ deadlineMs: 100 }));
    await system.advance(100);
    expect(await failed).toMatchObject({ code: 'INTERNAL' });
    store.comeBack();
    await system.advance(800);
    expect(allocator.source('order').tryNext()).toBe(1n);
  });

  it('logs an outage once when it begins and once when it ends', async () => {
    const { system, store, allocator } = await segmentRig();
    store.goDown();
    allocator.source('order').tryNext();
    await system.advance(5000);
    store.comeBack();
    await system.advance(800);
    expect(system.logged('warn')).toMatchObject([
      { fields: { tag: 'order', code: 'STORE_UNAVAILABLE', remaining: '0' } },
    ]);
    expect(system.logged('info')).toHaveLength(1);
  });
});

describe('SegmentKeeper when the store says no', () => {
  it('rejects all waiters at once with RANGE_EXHAUSTED, and asks again only on demand and not at every call', async () => {
    const { system, store, allocator } = await segmentRig();
    store.setMaxId('order', ID_MAX);
    const source = allocator.source('order');
    const errors = await Promise.all([errorOf(source.next()), errorOf(source.next())]);
    expect(errors.map(error => error.code)).toEqual(['RANGE_EXHAUSTED', 'RANGE_EXHAUSTED']);
    for (let i = 0; i < 100; i++) await errorOf(source.next());
    expect(store.takes()).toHaveLength(1);
    await system.advance(60_000);
    expect(store.takes()).toHaveLength(1);
    expect(await errorOf(source.next())).toMatchObject({ code: 'RANGE_EXHAUSTED' });
    expect(store.takes()).toHaveLength(2);
  });

  it('kills the buffer of a tag that another instance retired as soon as a fetch says so', async () => {
    const { system, store, allocator } = await segmentRig({}, 100);
    const source = allocator.source('order');
    for (let i = 0; i < 25; i++) await source.next();
    await store.retireElsewhere('order');
    expect(source.tryNext()).toBe(26n);
    await system.settle();
    expect(source.tryNext()).toBeUndefined();
    expect(await errorOf(source.next())).toMatchObject({ code: 'UNKNOWN_TAG' });
  });

  it.each([
    ['is wider than asked', (truth: { start: bigint; end: bigint }) => ({ start: truth.start, end: truth.end + 1n })],
    ['is empty', (truth: { start: bigint; end: bigint }) => ({ start: truth.start, end: truth.start })],
    ['is negative', () => ({ start: -5n, end: 5n })],
    ['passes 2^63 - 1', () => ({ start: ID_MAX - 9n, end: ID_MAX + 1n })],
  ])('throws a range away that %s, and takes the next sound one', async (_, lie) => {
    const { system, store, allocator } = await segmentRig();
    store.lie = lie;
    const call = watched(allocator.source('order').next());
    await system.settle();
    expect(call.now).toBe('pending');
    expect(allocator.tagStats()[0]).toMatchObject({ failure: 'INTERNAL', issuedIds: 0, fetches: { failed: 1 } });
    store.lie = undefined;
    await system.advance(100);
    expect(call.now).toBe(11n);
  });
});

describe('SegmentKeeper over time', () => {
  it('asks for the rate times the target, and for the step of the table again when idle', async () => {
    const options = { segmentTargetMs: 10_000, stepMaxIds: 1e9, tagRefreshMs: 1e9 };
    const { system, store, allocator } = await segmentRig(options, 100);
    const source = allocator.source('order');
    for (let i = 0; i < 20_000; i++) {
      await source.next();
      await system.advance(5);
    }
    const asked = store.takes().map(call => Number(call.split(' ')[2]));
    expect(asked[0]).toBe(100);
    // After an eighth of a second of them nobody knows yet whether 25 were all.
    expect(asked[1]).toBeGreaterThan(100);
    expect(new Set(asked.slice(4))).toEqual(new Set([2000]));
    for (let i = 0; i < 5000; i++) {
      await source.next();
      await system.advance(3000);
    }
    expect(store.takes().slice(-5)).toEqual(Array(5).fill('take order 100'));
  });

  it.each(['tryNext', 'next'] as const)(
    'does not take a burst for slow that waited for the store, by %s',
    async call => {
      const options = { segmentTargetMs: 10_000, stepMaxIds: 1e9, tagRefreshMs: 1e9, waitDeadlineMs: 1e6 };
      const { system, store, allocator } = await segmentRig(options, 100);
      const source = allocator.source('order');
      await source.next();
      store.hold();
      for (let i = 1; i < 100; i++) {
        await system.advance(1);
        source.tryNext();
      }
      const waiting = source[call]();
      await system.advance(60_000);
      store.release();
      await system.settle();
      await waiting;
      // A hundred IDs came in a tenth of a second: by the second 100, in 10 seconds 1000.
      expect(allocator.tagStats()[0]!.stepIds).toBeGreaterThan(800);
    },
  );

  it.each([
    ['at the limit', 50, 50],
    ['at the larger step of the table', 5, 10],
  ])('ends its growth %s', async (_, stepMaxIds, most) => {
    const { system, store, allocator } = await segmentRig({ stepMaxIds }, 10);
    const source = allocator.source('order');
    for (let i = 0; i < 200; i++) {
      await source.next();
      await system.advance(1);
    }
    expect(store.takes().at(-1)).toBe(`take order ${most}`);
    expect(allocator.tagStats()[0]).toMatchObject({ stepIds: most, tableStepIds: 10 });
  });

  it('counts every ID exactly, whatever happens to the buffer', async () => {
    const { system, store, allocator } = await segmentRig({ stepMaxIds: 1000 }, 10);
    const source = allocator.source('order');
    let given = 0;
    for (let i = 0; i < 300; i++) {
      if (i === 100) store.goDown();
      if (i === 130) store.comeBack();
      if (i === 150) await allocator.putTag('order', { stepIds: 7, maxId: 100_000n });
      if (i % 10 === 9) given += (await source.nextMany(3).catch(() => [])).length > 0 ? 3 : 0;
      else if (source.tryNext() !== undefined) given++;
      await system.advance(100);
    }
    const { issuedIds, reservedIds, droppedIds, remainingIds } = allocator.tagStats()[0]!;
    expect(issuedIds).toBe(given);
    expect(given).toBeGreaterThan(300);
    expect(droppedIds).toBeGreaterThan(0);
    expect(reservedIds).toBe(issuedIds + droppedIds + remainingIds);
  });
});

it('FrondError keeps its cause through the retelling', async () => {
  const { system, store, allocator } = await segmentRig();
  const original = new FrondError('STORE_DAMAGED', { store: 'scripted', reason: 'torn page' });
  store.error = original;
  const error = await errorOf(allocator.source('order').next());
  expect(error).toMatchObject({ code: 'STORE_DAMAGED', cause: original });
  expect(error.retryAfterMs).toBeGreaterThanOrEqual(50);
  store.comeBack();
  await system.advance(100);
  expect(await allocator.source('order').next()).toBe(1n);
});
