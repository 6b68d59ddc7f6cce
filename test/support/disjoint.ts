import { expect } from 'vitest';
import type { TakenRange } from '../../src/stores/range-store.ts';

/** The ranges in order, after a check that none overlaps another. */
export function disjoint(ranges: readonly TakenRange[]): readonly TakenRange[] {
  const sorted = ranges.toSorted((a, b) => (a.start < b.start ? -1 : 1));
  for (const [i, range] of sorted.entries()) {
    expect(range.start < range.end).toBe(true);
    if (i > 0) expect(range.start >= sorted[i - 1]!.end, `${range.start} after ${sorted[i - 1]!.end}`).toBe(true);
  }
  return sorted;
}
