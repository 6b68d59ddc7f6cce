import type { TakenRange } from '../range-store.ts';

/**
 * Where the row begins that stands among the leftovers of a tag that was raised, and ends where it was raised to. It is
 * below every ID, and so never taken; and nothing that overlaps a leftover can be left.
 */
export const BAR_START = -1n;

export function overlaps(a: TakenRange, b: TakenRange): boolean {
  return a.start < b.end && b.start < a.end;
}
