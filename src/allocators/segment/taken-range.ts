import type { TakenRange } from '../../stores/range-store.ts';

/** The number of IDs in a range. */
export function sizeOf({ start, end, stride = 1n }: TakenRange): bigint {
  return (end - start + stride - 1n) / stride;
}

/**
 * The unused ends of two ranges, `first` taken before `second`, as far as they can go back to the store in one step:
 * both when `second` began where `first` ended, else `second` alone.
 */
export function joined(first: TakenRange | undefined, second: TakenRange): TakenRange {
  const { start, foundMaxId = start, stride = 1n } = second;
  if (first === undefined || first.end !== foundMaxId || (first.stride ?? 1n) !== stride) return second;
  // Of the same residue class, and with no part left out by a lift of the row or by a raise of the tag.
  const follows = start - first.end < stride && (start - first.start) % stride === 0n;
  return follows ? { ...second, start: first.start } : second;
}
