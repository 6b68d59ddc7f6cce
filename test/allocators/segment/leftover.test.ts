import { describe, expect, it } from 'vitest';
import { Leftover } from '../../../src/allocators/segment/leftover.ts';
import type { TakenRange } from '../../../src/stores/range-store.ts';
import { ScriptedRangeStore } from '../../support/scripted-range-store.ts';

/** What becomes of unused ranges of tag `order`, of which `maxId` is the end. */
async function returned(ranges: readonly TakenRange[], maxId: bigint, leftover = new Leftover()) {
  const store = new ScriptedRangeStore();
  await store.seed('order', 10);
  store.setMaxId('order', maxId);
  for (const range of ranges) leftover.add(range);
  const ids = leftover.mayGoBack ? await leftover.giveBack(store, 'order') : 0;
  let leftIds = 0;
  while (leftover.mayBeLeft) leftIds += await leftover.leave(store, 'order', 60_000);
  return { calls: store.calls, ids, leftIds };
}

describe('Leftover', () => {
  it('gives two ranges back as one where the second began where the first ended', async () => {
    const ranges = [
      { start: 4n, end: 22n, stride: 2n, foundMaxId: 1n },
      { start: 22n, end: 42n, stride: 2n, foundMaxId: 22n },
    ];
    expect(await returned(ranges, 42n)).toEqual({ calls: ['giveBack order 4 42'], ids: 19, leftIds: 0 });
  });

  it.each([
    ['of another primary', { start: 21n, end: 41n, stride: 2n, foundMaxId: 21n }],
    ['that a raise by 1 came before', { start: 22n, end: 42n, stride: 2n, foundMaxId: 22n }],
    ['that another range came before', { start: 42n, end: 62n, stride: 2n, foundMaxId: 42n }],
    ['that a lift came before', { start: 42n, end: 62n, stride: 2n, foundMaxId: 21n }],
    ['of another stride', { start: 21n, end: 31n, foundMaxId: 21n }],
  ])('gives back only the second range when it is one %s', async (_, second) => {
    const { calls } = await returned([{ start: 2n, end: 21n, stride: 2n }, second], second.end);
    expect(calls[0]).toBe(`giveBack order ${second.start} ${second.end}`);
  });

  it('leaves what is not adjacent to the latest range, and that too when it does not go back', async () => {
    const ranges = [
      { start: 4n, end: 11n },
      { start: 21n, end: 31n },
    ];
    const calls = ['giveBack order 21 31', 'leave order 4 11'];
    expect(await returned(ranges, 31n)).toEqual({ calls, ids: 10, leftIds: 7 });
    expect(await returned(ranges, 41n)).toEqual({ calls: [...calls, 'leave order 21 31'], ids: 0, leftIds: 17 });
  });

  it('leaves adjacent ranges in their parts', async () => {
    const ranges = [
      { start: 4n, end: 11n },
      { start: 11n, end: 21n },
      { start: 21n, end: 31n },
    ];
    const calls = ['giveBack order 4 31'];
    expect(await returned(ranges, 31n)).toEqual({ calls, ids: 27, leftIds: 0 });
    calls.push('leave order 4 11', 'leave order 11 21', 'leave order 21 31');
    expect(await returned(ranges, 41n)).toEqual({ calls, ids: 0, leftIds: 27 });
  });

  it('neither gives back nor leaves anything once the store has gone back, also where maxId is its end again', async () => {
    const leftover = new Leftover();
    leftover.doubt();
    const nothing = { calls: [], ids: 0, leftIds: 0 };
    expect(await returned([{ start: 4n, end: 11n }], 11n, leftover)).toEqual(nothing);
    expect(await returned([{ start: 4n, end: 11n }], 21n, leftover)).toEqual(nothing);
  });

  it('does nothing a second time, and nothing without a range', async () => {
    const leftover = new Leftover();
    await returned([{ start: 4n, end: 11n }], 21n, leftover);
    expect(await returned([], 21n, leftover)).toEqual({ calls: [], ids: 0, leftIds: 0 });
  });
});
