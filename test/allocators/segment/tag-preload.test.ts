import { describe, expect, it } from 'vitest';
import { SegmentAllocator } from '../../../src/allocators/segment/segment-allocator.ts';
import { ScriptedRangeStore } from '../../support/scripted-range-store.ts';
import { SEGMENT_OPTIONS, watched } from '../../support/segment-rig.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

async function rig(preloadTags: string, tags = 5) {
  const system = new VirtualSystem();
  const store = new ScriptedRangeStore();
  for (let i = 0; i < tags; i++) await store.seed(`tag-${i}`, 10);
  const allocator = new SegmentAllocator({ store, system, options: { ...SEGMENT_OPTIONS, preloadTags } });
  return { system, store, allocator };
}

describe('SegmentAllocator with tags to preload', () => {
  it('has an ID of each by the end of its start, and takes one range of each', async () => {
    const { system, store, allocator } = await rig('tag-1,tag-3,tag-1');
    await allocator.start();
    expect(store.takes().sort()).toEqual(['take tag-1 10', 'take tag-3 10']);
    expect(system.pendingTimers).toBe(1);
    expect(allocator.source('tag-3').tryNext()).toBe(1n);
    expect(allocator.source('tag-1').tryNext()).toBe(1n);
    expect(allocator.source('tag-0').tryNext()).toBeUndefined();
  });

  it('takes all tags that live for an asterisk, three at a time', async () => {
    const { system, store, allocator } = await rig('*', 8);
    await store.retireElsewhere('tag-4');
    store.hold();
    const start = allocator.start();
    for (let expected = 7; expected > 0; ) {
      await system.settle();
      const takes = store.calls.filter(call => call.startsWith('take')).length;
      const answered = 7 - expected;
      if (takes > 0) expect(takes - answered).toBe(Math.min(3, expected));
      const [answer] = store.held.splice(0, 1);
      answer!();
      if (takes > 0) expected--;
    }
    await start;
    expect(store.takes()).toHaveLength(7);
    expect(system.pendingTimers).toBe(1);
  });

  it('takes nothing in advance unless told', async () => {
    const { store, allocator } = await rig('');
    await allocator.start();
    expect(store.takes()).toEqual([]);
  });

  it('is ready at once, and has started when a call for an ID would have given up, though a range does not come', async () => {
    const { system, store, allocator } = await rig('tag-0');
    store.hold();
    const start = watched(allocator.start().then(() => 'started'));
    for (const answer of ['open', 'listTags']) {
      expect(store.calls.at(-1)).toBe(answer);
      store.held.splice(0)[0]!();
      await system.settle();
    }
    expect([allocator.state, start.now]).toEqual(['ready', 'pending']);
    await system.advance(SEGMENT_OPTIONS.waitDeadlineMs);
    expect(start.now).toBe('started');
    store.release();
    await system.settle();
    expect(allocator.source('tag-0').tryNext()).toBe(1n);
  });

  it('does not wait for a store that is dead at the start, and preloads when it is back', async () => {
    const { system, store, allocator } = await rig('tag-0');
    store.goDown();
    await allocator.start();
    expect([allocator.state, store.takes()]).toEqual(['refusing', []]);
    store.comeBack();
    await system.advance(1000);
    expect(allocator.source('tag-0').tryNext()).toBe(1n);
  });

  it('stops asking when the store fails on the way, and says so', async () => {
    const { system, store, allocator } = await rig('*', 50);
    store.lie = () => {
      store.goDown();
      throw store.error;
    };
    await allocator.start();
    expect(store.takes()).toHaveLength(3);
    expect(system.logged('warn').map(line => line.message)).toContain('not all tags could be preloaded');
    await system.advance(30_000);
    expect(new Set(store.takes()).size).toBe(3);
    expect(system.pendingTimers).toBeLessThanOrEqual(1 + 3);
  });

  it('passes over a tag that does not exist and one that is used up', async () => {
    const { system, store, allocator } = await rig('nobody,tag-0,tag-1');
    store.setMaxId('tag-0', 2n ** 63n - 1n);
    await allocator.start();
    expect(allocator.source('tag-1').tryNext()).toBe(1n);
    expect(system.logged('warn')).toContainEqual(expect.objectContaining({ fields: { tag: 'nobody' } }));
  });

  it('is stopped in the middle without asking for another range', async () => {
    const { system, store, allocator } = await rig('*', 50);
    const start = allocator.start();
    store.lie = range => {
      store.hold();
      return range;
    };
    await system.settle();
    const stop = allocator.stop();
    store.release();
    await Promise.all([start, stop]);
    const takes = store.takes().length;
    expect(takes).toBeLessThan(50);
    await system.advance(60_000);
    expect(store.takes()).toHaveLength(takes);
    expect(system.pendingTimers).toBe(0);
  });

  it('goes on with the other tags when some turn out to be retired meanwhile', async () => {
    const { system, store, allocator } = await rig('*', 8);
    store.hold();
    const start = allocator.start();
    store.held.splice(0)[0]!();
    await system.settle();
    expect(store.calls.at(-1)).toBe('listTags');
    for (const tag of ['tag-0', 'tag-1', 'tag-2']) await store.retireElsewhere(tag);
    store.release();
    await start;
    expect(store.takes()).toEqual(Array.from({ length: 8 }, (_, i) => `take tag-${i} 10`));
    expect(allocator.source('tag-7').tryNext()).toBe(1n);
  });
});
