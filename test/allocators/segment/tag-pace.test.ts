import { expect, it } from 'vitest';
import { FetchTimes } from '../../../src/allocators/segment/fetch-times.ts';
import { SegmentBuffer } from '../../../src/allocators/segment/segment-buffer.ts';
import { TagPace } from '../../../src/allocators/segment/tag-pace.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

function paceRig() {
  const system = new VirtualSystem();
  const buffer = new SegmentBuffer();
  const fetchTimes = new FetchTimes();
  const options = { segmentTargetMs: 900_000, stepMaxIds: 1e9 };
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
