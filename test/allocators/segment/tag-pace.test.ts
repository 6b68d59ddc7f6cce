import { expect, it } from 'vitest';
import { FetchTimes } from '../../../src/allocators/segment/fetch-times.ts';
import { SegmentBuffer } from '../../../src/allocators/segment/segment-buffer.ts';
import { TagPace } from '../../../src/allocators/segment/tag-pace.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

function paceRig(stepMaxIds = 1e9) {
  const system = new VirtualSystem();
  const buffer = new SegmentBuffer();
  const fetchTimes = new FetchTimes();
  const options = { segmentTargetMs: 900_000, stepMaxIds };
  return { system, buffer, fetchTimes, pace: new TagPace({ clock: system.clock, options, fetchTimes }, buffer, 1000) };
}

it('TagPace times a range from the first try to its coming, failures and pauses included, and starts anew after it', async () => {
  const { system, fetchTimes, pace } = paceRig();
  pace.beginFetch();
  await system.advance(300);
  pace.beginFetch();
  await system.advance(100);
  pace.received(1000, 1000);
  expect(fetchTimes.p99Ms).toBe(400);
  await system.advance(60_000);
  pace.beginFetch();
  await system.advance(7);
  pace.discarded(1000);
  pace.beginFetch();
  await system.advance(450);
  pace.received(1000, 1000);
  expect(fetchTimes.p99Ms).toBe(450);
});

it('TagPace fetches for a burst as early as the slowest fetch takes', async () => {
  const { system, buffer, fetchTimes, pace } = paceRig();
  fetchTimes.record(1000);
  pace.received(1_000_000, 1_000_000);
  buffer.push({ start: 0n, end: 1_000_000n });
  // A tenth in 10 ms: the rest is gone before a fetch is over, though the usual rate would not call for one yet.
  buffer.takeMany(100_000);
  await system.advance(10);
  expect(pace.needsRange()).toBe(true);
});

/** A tag with two ranges of `ids` each, that has used one ID a second for a quarter of an hour. */
async function steadyRig(ids: number, stepMaxIds?: number) {
  const rig = paceRig(stepMaxIds);
  const { system, buffer, pace } = rig;
  pace.received(1000, 1000);
  buffer.push({ start: 0n, end: 1000n });
  await system.advance(900_000);
  buffer.takeMany(900);
  for (const start of [1000n, 1000n + BigInt(ids)]) {
    pace.received(ids, ids);
    buffer.push({ start, end: start + BigInt(ids) });
  }
  buffer.takeMany(100);
  buffer.advance();
  expect(pace.needsRange()).toBe(false);
  return rig;
}

it('TagPace fetches a third range for a rate that has become usual, sized by that, and none for a burst', async () => {
  const { system, buffer, fetchTimes, pace } = await steadyRig(900);
  // So slow that the burst would use up all that is at hand during a fetch.
  fetchTimes.record(60_000);
  const use = async (forMs: number, ids: number) => {
    await system.advance(forMs);
    buffer.takeMany(ids);
  };
  // A hundred and twenty a second for a second make a usual rate of two.
  await use(1000, 120);
  expect(buffer.needsRange).toBe(true);
  expect(pace.needsRange()).toBe(false);
  expect(pace.beginFetch()).toBeLessThan(2.2 * 900);
  for (let i = 0; i < 9; i++) await use(10_000, 20);
  expect(pace.needsRange()).toBe(true);
  const stepIds = pace.beginFetch();
  expect(stepIds).toBeGreaterThan(0.8 * 3 * 900);
  expect(stepIds).toBeLessThanOrEqual(3 * 900);
});

it.each([
  ['a range at the limit of the step follows', 1000, 1000],
  ['the numbers end', 900, undefined],
])('TagPace wants no third range where %s', async (_, ids, stepMaxIds) => {
  const { system, buffer, pace } = await steadyRig(ids, stepMaxIds);
  if (stepMaxIds === undefined) pace.exhausted(2000);
  for (let i = 0; i < 9; i++) {
    await system.advance(10_000);
    buffer.takeMany(100);
    expect(pace.needsRange()).toBe(false);
  }
});
