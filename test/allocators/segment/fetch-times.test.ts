import { expect, it } from 'vitest';
import { FetchTimes } from '../../../src/allocators/segment/fetch-times.ts';

it('FetchTimes tells the longest of a few, and the second longest of the latest hundred', () => {
  const times = new FetchTimes();
  expect(times.p99Ms).toBe(0);
  times.record(7);
  times.record(40);
  times.record(9);
  expect(times.p99Ms).toBe(40);
  for (let i = 0; i < 97; i++) times.record(10);
  expect(times.p99Ms).toBe(10);
  times.record(100);
  expect(times.p99Ms).toBe(40);
  for (let i = 0; i < 100; i++) times.record(3);
  expect(times.p99Ms).toBe(3);
});
