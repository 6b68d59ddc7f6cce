import { describe, expect, it } from 'vitest';
import { SegmentAllocator } from '../../../src/allocators/segment/segment-allocator.ts';
import { PolicyWorld, TARGET_MS } from '../../support/segment-demand.ts';
import { SEGMENT_OPTIONS, watched } from '../../support/segment-rig.ts';
import { SlowRangeStore } from '../../support/slow-range-store.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const SEEDS = Array.from({ length: 6 }, (_, i) => i + 1);

/** Draws from 1 to 500 ms. */
const uneven = (fraction: number) => 1 + fraction * 499;

/** Between `low` and `high`, every order of magnitude as likely as the other. */
function draw(world: PolicyWorld, low: number, high: number): number {
  return Math.round(low * (high / low) ** world.system.random.fraction());
}

describe('the segment policy in simulated traffic', () => {
  it.each(SEEDS)(
    'costs nobody anything when the database stops for 10 minutes at the usual rate (seed %i)',
    async seed => {
      const world = await PolicyWorld.start({ seed, latencyMs: uneven });
      const idsPerSecond = draw(world, 1, 5000);
      const traffic = { idsPerSecond, tickMs: 50 };
      await world.run({ ...traffic, forMs: 30 * MINUTE_MS + world.system.random.fraction() * TARGET_MS });
      const { misses } = world;
      world.store.down = true;
      await world.run({ ...traffic, forMs: 10 * MINUTE_MS });
      world.store.down = false;
      await world.run({ ...traffic, forMs: 10 * MINUTE_MS });
      expect(world.errors).toBe(0);
      expect(world.misses).toBe(misses);
      expect(world.waits).toBe(1);
    },
  );

  it.each([2, 200, 2000])(
    'has 10 minutes in hand at any time from its first seconds on, at %d a second',
    async idsPerSecond => {
      const world = await PolicyWorld.start({ latencyMs: uneven });
      await world.run({ forMs: 20 * SECOND_MS, idsPerSecond, tickMs: 50 });
      for (let i = 0; i < 180; i++) {
        await world.run({ forMs: 20 * SECOND_MS, idsPerSecond, tickMs: 50 });
        expect(world.allocator.tagStats()[0]!.remainingIds / idsPerSecond).toBeGreaterThan(600);
      }
      expect(world.misses).toBeLessThanOrEqual(40);
    },
  );

  it.each([
    [10, 3, 3000],
    [1000, 0.2, 20],
    [1000, 1000, 10_000],
    [10_000, 2, 20],
    [10_000, 100, 200],
  ])(
    'has 11 minutes in hand again three minutes after a rate has risen: step %d, %d to %d a second',
    async (stepIds, before, after) => {
      for (let i = 0; i < 6; i++) {
        const world = await PolicyWorld.start({ latencyMs: uneven, stepIds });
        const shareOfTarget = i / 5;
        await world.run({ forMs: 5 * MINUTE_MS + shareOfTarget * TARGET_MS, idsPerSecond: before, tickMs: 100 });
        const { misses } = world;
        await world.run({ forMs: 3 * MINUTE_MS, idsPerSecond: after, tickMs: 100 });
        for (let j = 0; j < 60; j++) {
          await world.run({ forMs: 20 * SECOND_MS, idsPerSecond: after, tickMs: 100 });
          expect(world.unusedIds / after).toBeGreaterThan(660);
        }
        if (after < 1000) expect(world.misses).toBe(misses);
        expect(world.unusedIds / after).toBeLessThan((2.2 * TARGET_MS) / 1000);
      }
    },
  );

  it.each(SEEDS)(
    'meets a hundredfold burst with one wait at most, and leaves one target of it unused (seed %i)',
    async seed => {
      const world = await PolicyWorld.start({ seed, latencyMs: uneven });
      const usual = draw(world, 10, 1000);
      await world.run({ forMs: 40 * MINUTE_MS, idsPerSecond: usual, tickMs: 50 });
      const [waits, held] = [world.waits, world.unusedIds];
      const forMs = draw(world, 2 * SECOND_MS, TARGET_MS / 10);
      await world.run({ forMs, idsPerSecond: usual * 100, callers: 50 });
      expect(world.waits).toBeLessThanOrEqual(waits + 1);
      for (let i = 0; i < 20; i++) {
        await world.run({ forMs: MINUTE_MS, idsPerSecond: usual, tickMs: 50 });
        expect(world.unusedIds).toBeLessThanOrEqual((usual * 100 * TARGET_MS) / 1000 + held);
      }
      expect(world.errors).toBe(0);
    },
  );

  it.each([
    ['100 ms', 50_000, () => 100],
    ['100 ms', 2_000_000, () => 100],
    ['1 to 500 ms', 2_000_000, uneven],
  ] as const)(
    'meets callers at full speed from the start on a store of %s, %d a second, without an error',
    async (_, idsPerSecond, latencyMs) => {
      const world = await PolicyWorld.start({ latencyMs });
      await world.run({ forMs: 10 * SECOND_MS, idsPerSecond, callers: 50 });
      expect(world.errors).toBe(0);
      // The first range, of which nothing is known, and the one that is sized by it.
      expect(world.waits).toBeLessThanOrEqual(2);
    },
  );

  it('never lets tryNext go without in steady state, with 50 ms a fetch, also where the limit makes ranges short', async () => {
    const world = await PolicyWorld.start({ latencyMs: () => 50, options: { stepMaxIds: 10_000 } });
    const traffic = { idsPerSecond: 20_000, callers: 50 };
    await world.run({ ...traffic, forMs: 5 * SECOND_MS });
    const [misses, takes] = [world.misses, world.store.takesMs.length];
    await world.run({ ...traffic, forMs: 60 * SECOND_MS });
    expect(world.misses).toBe(misses);
    expect(world.store.takesMs.length - takes).toBeGreaterThan(110);
  });

  it.each(SEEDS)('reserves at most twice what it gives in steady state (seed %i)', async seed => {
    const world = await PolicyWorld.start({ seed, latencyMs: uneven });
    const idsPerSecond = draw(world, 20, 3000);
    await world.run({ forMs: 30 * MINUTE_MS, idsPerSecond, tickMs: 50 });
    expect(world.store.reservedIds).toBeLessThanOrEqual(2 * world.given);
    await world.run({ forMs: 150 * MINUTE_MS, idsPerSecond, tickMs: 100 });
    expect(world.store.reservedIds).toBeLessThanOrEqual(1.2 * world.given);
    // The step of the table lasts for longer than the target at the slowest rates drawn.
    expect(world.store.takesMs.length).toBeLessThanOrEqual(20);
  });

  it('asks a store that is away a bounded number of times, and none but once at a time', async () => {
    const world = await PolicyWorld.start({ latencyMs: () => 5 });
    await world.run({ forMs: 10 * SECOND_MS, idsPerSecond: 100, tickMs: 50 });
    world.store.down = true;
    const asked = world.store.takesMs.length;
    await world.run({ forMs: 10 * MINUTE_MS, idsPerSecond: 100, tickMs: 50 });
    expect(world.errors).toBeGreaterThan(0);
    const attemptsMs = world.store.takesMs.slice(asked);
    expect(attemptsMs.length).toBeGreaterThan(30);
    expect(attemptsMs.length).toBeLessThanOrEqual((10 * MINUTE_MS) / 400 + 5);
    const pauses = new Set(attemptsMs.slice(5).map((atMs, i) => atMs - attemptsMs[i + 4]!));
    expect(pauses.size).toBeGreaterThan(10);
  });
});

describe('many tags on a store that is away', () => {
  const TAGS = 1000;

  async function crowd() {
    const system = new VirtualSystem();
    const store = new SlowRangeStore(system, () => 5);
    for (let i = 0; i < TAGS; i++) await store.putTag(`tag${i}`, { stepIds: 1000 });
    const options = { ...SEGMENT_OPTIONS, waitDeadlineMs: 1500 };
    const allocator = new SegmentAllocator({ store, system, options });
    const started = allocator.start();
    await system.advance(10);
    await started;
    const ask = (tags: number) => Array.from({ length: tags }, (_, i) => watched(allocator.source(`tag${i}`).next()));
    return { system, store, allocator, ask };
  }

  it('ask it no more often than one does, and tell callers what is wrong, also those of tags that never asked', async () => {
    const { system, store, ask } = await crowd();
    store.down = true;
    ask(10);
    await system.advance(2 * SECOND_MS);
    const asked = store.takesMs.length;
    const calls = ask(TAGS);
    await system.advance(2 * SECOND_MS);
    expect(new Set(calls.map(call => call.now))).toEqual(new Set(['STORE_UNAVAILABLE']));
    expect(store.takesMs.length - asked).toBeLessThanOrEqual(6);
  });

  it('are all served within a second of its return', async () => {
    const { system, store, ask } = await crowd();
    store.down = true;
    ask(TAGS);
    await system.advance(5 * SECOND_MS);
    const calls = ask(TAGS);
    await system.advance(400);
    store.down = false;
    await system.advance(SECOND_MS);
    expect(calls.filter(call => typeof call.now !== 'bigint')).toEqual([]);
    expect(store.takesMs.length).toBeLessThanOrEqual(2 * TAGS + 20);
  });

  it('leave no timer behind when the allocator stops meanwhile', async () => {
    const { system, store, allocator, ask } = await crowd();
    store.down = true;
    ask(TAGS);
    await system.advance(5 * SECOND_MS);
    const stopped = allocator.stop();
    await system.advance(10);
    await stopped;
    expect(system.pendingTimers).toBe(0);
  });
});
