import { expect, it } from 'vitest';
import { RefreshTimer } from '../../../src/allocators/segment/refresh-timer.ts';
import { segmentRig } from '../../support/segment-rig.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

function timerRig(everyMs: number) {
  const system = new VirtualSystem();
  const dueMs: number[] = [];
  const timer = new RefreshTimer(system, everyMs, () => dueMs.push(system.clock.monotonicMs()));
  const startMs = system.clock.monotonicMs();
  return { system, timer, due: () => dueMs.map(atMs => atMs - startMs) };
}

it('RefreshTimer is due after its interval, once', async () => {
  const { system, timer, due } = timerRig(60_000);
  timer.begin(false);
  await system.advance(59_999);
  expect(due()).toEqual([]);
  await system.advance(200_000);
  expect(due()).toEqual([60_000]);
});

it('RefreshTimer is due 5 s after the latest question without an answer, and never later than its interval', async () => {
  const { system, timer, due } = timerRig(60_000);
  timer.begin(false);
  for (let i = 0; i < 10; i++) {
    timer.silent();
    await system.advance(1000);
  }
  expect(due()).toEqual([]);
  await system.advance(10_000);
  expect(due()).toEqual([14_000]);
  timer.begin(true);
  for (let i = 0; i < 100; i++) {
    timer.silent();
    await system.advance(1000);
  }
  expect(due()).toEqual([14_000, 80_000]);
});

it('RefreshTimer keeps a shorter interval, and is due no more after its end', async () => {
  const { system, timer, due } = timerRig(2000);
  timer.begin(true);
  await system.advance(2000);
  expect(due()).toEqual([2000]);
  timer.silent();
  await system.advance(60_000);
  expect(due()).toEqual([2000]);
  timer.begin(false);
  timer.end();
  timer.silent();
  await system.advance(60_000);
  expect(due()).toEqual([2000]);
});

it('SegmentAllocator knows within 5 s that the store is back, though no range is needed', async () => {
  const { system, store, allocator } = await segmentRig();
  const source = allocator.source('order');
  await source.nextMany(10);
  await system.advance(30_000);
  store.goDown();
  await system.advance(40_000);
  expect(allocator.status().storeFailure).not.toBeNull();
  store.comeBack();
  await system.advance(5000);
  expect(allocator.status().storeFailure).toBeNull();
});
