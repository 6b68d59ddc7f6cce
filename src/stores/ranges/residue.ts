import type { TakenRange } from '../range-store.ts';

/** The IDs that are `remainder` modulo `delta`: those of one of `delta` primaries. */
export interface Residue {
  /** 1 to STRIDE_MAX. */
  readonly delta: number;
  /** 0 to delta - 1. */
  readonly remainder: number;
}

export function isSame(a: Residue, b: Residue): boolean {
  return a.delta === b.delta && a.remainder === b.remainder;
}

/** For logs and errors. */
export function textOf({ delta, remainder }: Residue): string {
  return `delta ${delta}, remainder ${remainder}`;
}

/**
 * The next `stepIds` IDs of a residue class, from a row that is at `maxId`. maxId stays on the scale of the IDs: it goes
 * up by stepIds * delta, and that span has just so many IDs of the class. Where `end` is past 2^63 - 1 there are not so many.
 * @param atLeast the row is lifted to this when it is lower
 */
export function rangeOfClass(maxId: bigint, stepIds: number, residue: Residue, atLeast: bigint): TakenRange {
  const [stride, remainder] = [BigInt(residue.delta), BigInt(residue.remainder)];
  const from = maxId > atLeast ? maxId : atLeast;
  const start = from + ((((remainder - from) % stride) + stride) % stride);
  return { start, end: from + BigInt(stepIds) * stride, stride, foundMaxId: maxId };
}
