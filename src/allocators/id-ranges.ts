import type { IdRange } from './allocator.ts';

/** The number of IDs in a batch of ranges. */
export function countOf(ranges: readonly IdRange[]): bigint {
  return ranges.reduce((sum, range) => sum + (range.end - range.start) / range.step + 1n, 0n);
}

/** Every ID of a batch of ranges, in order. */
export function* idsOf(ranges: readonly IdRange[]): Generator<bigint, void, undefined> {
  for (const range of ranges) {
    for (let id = range.start; id <= range.end; id += range.step) yield id;
  }
}

/** Adds `range` to `ranges`, as part of the last one where it follows directly. */
export function appendRange(ranges: IdRange[], range: IdRange): void {
  const last = ranges.at(-1);
  const follows = last !== undefined && last.step === range.step && last.end + range.step === range.start;
  if (follows) ranges[ranges.length - 1] = { ...last, end: range.end };
  else ranges.push(range);
}
