import { beforeEach, describe, expect, it } from 'vitest';
import { SegmentAllocator } from '../../../src/allocators/segment/segment-allocator.ts';
import type { TakenRange } from '../../../src/stores/range-store.ts';
import { ScriptedRangeStore } from '../../support/scripted-range-store.ts';
import { SEGMENT_OPTIONS, watched } from '../../support/segment-rig.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

/** What a stop waits for the store. */
const LIMIT_MS = 2000;

/** Runs `before` as each call of a stop begins, and answers in microtasks. */
class StopStore extends ScriptedRangeStore {
  before: (call: 'giveBack' | 'leave') => void = () => {};

  override giveBack(tag: string, rest: TakenRange): Promise<boolean> {
    this.before('giveBack');
    return super.giveBack(tag, rest);
  }

  override leave(tag: string, rest: TakenRange, maxAgeMs: number): Promise<boolean> {
    this.before('leave');
    return super.leave(tag, rest, maxAgeMs);
  }
}

describe('SegmentAllocator at stop, with IDs of many tags left', () => {
  let system: VirtualSystem;
  let store: StopStore;
  let allocator: SegmentAllocator;
  /** Time that passes while no timer can run. */
  let busyMs: number;

  beforeEach(async () => {
    system = new VirtualSystem();
    store = new StopStore();
    busyMs = 0;
    const clock = { ...system.clock, monotonicMs: () => system.clock.monotonicMs() + busyMs };
    allocator = new SegmentAllocator({ store, system: { ...system, clock }, options: SEGMENT_OPTIONS });
    await allocator.start();
  });

  /** @param isOvertaken whether another process took a range of the tag since, so that nothing can go back */
  async function useTags(tags: number, isOvertaken: (index: number) => boolean): Promise<void> {
    for (let i = 0; i < tags; i++) {
      await store.seed(`tag${i}`, 10);
      await allocator.putTag(`tag${i}`, { stepIds: 10 });
      await allocator.source(`tag${i}`).next();
      if (isOvertaken(i)) await store.take(`tag${i}`, 10);
    }
    await system.settle();
    store.calls.length = 0;
  }

  /** Stops in virtual time. @returns what was called, without the tags and IDs */
  async function stop(): Promise<string[]> {
    const stopped = watched(allocator.stop());
    for (let i = 0; i < 2 * LIMIT_MS && stopped.now === 'pending'; i++) await system.advance(1);
    expect(stopped.now).toBeUndefined();
    return store.calls.map(call => call.split(' ')[0]!);
  }

  it('leaves nothing before all has gone back that can', async () => {
    await useTags(40, i => i % 2 === 0);
    const calls = await stop();
    expect(calls).toEqual([...Array(40).fill('giveBack'), ...Array(20).fill('leave')]);
    expect(allocator.totals()).toMatchObject({ givenBackIds: 180, leftovers: { leftIds: 180 } });
    expect(system.logged('info').at(-1)).toMatchObject({ fields: { tags: 40 } });
  });

  it('begins no call after two seconds, also where the store lets no timer come in between', async () => {
    await useTags(600, () => false);
    const begunMs: number[] = [];
    const fromMs = system.clock.monotonicMs();
    store.before = () => {
      begunMs.push(system.clock.monotonicMs() - fromMs + busyMs);
      busyMs += 5;
    };
    await stop();
    expect(begunMs.length).toBeGreaterThan(300);
    expect(begunMs.length).toBeLessThan(600);
    expect(begunMs.filter(ms => ms >= LIMIT_MS)).toEqual([]);
    expect(allocator.totals().givenBackIds).toBe(begunMs.length * 9);
    expect(system.pendingForegroundTimers).toBe(0);
  });

  it.each([
    ['goes back', false, 'giveBack'],
    ['is left', true, 'leave'],
  ] as const)('lets a timer run that falls due while IDs go to the store (what %s)', async (_, isOvertaken, last) => {
    await useTags(200, () => isOvertaken);
    let calls = 0;
    let seen = 0;
    const look = () => {
      seen = calls;
    };
    store.before = call => {
      if (call === last && calls++ === 0) system.timers.after(1, look);
    };
    await stop();
    expect(calls).toBe(200);
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(100);
  });

  it('asks no more once leaving has failed, and tells of what went back', async () => {
    await useTags(40, i => i % 2 === 0);
    store.before = () => {
      if (store.calls.length === 40) store.goDown();
      else store.comeBack();
    };
    const calls = await stop();
    expect(calls.filter(call => call === 'leave').length).toBeLessThan(10);
    expect(system.logged('info').at(-1)).toMatchObject({ fields: { ids: 180, code: 'STORE_UNAVAILABLE' } });
  });

  it('leaves nothing once giving back has failed', async () => {
    await useTags(40, () => true);
    store.before = () => {
      if (store.calls.length === 20) store.goDown();
      else store.comeBack();
    };
    expect(await stop()).not.toContain('leave');
  });
});
