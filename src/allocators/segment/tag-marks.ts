import type { TakeTerms } from '../../stores/range-store.ts';

/** What a process knows of a tag, also while nobody keeps it. */
export interface TagMarks {
  /** The end of the highest range that this process ever had of the tag, or what it raised maxId to; 0 for none. */
  readonly highWater: bigint;
  /** What this process raised maxId to since its latest range; 0 when it did not. */
  readonly raisedTo: bigint;
}

export const NO_MARKS: TagMarks = { highWater: 0n, raisedTo: 0n };

/**
 * What the next range is asked for with. `isFresh`: of the tag this process has had leftovers at the most, so that it
 * may begin low; later a leftover would be below what it gave.
 * @param maxAgeMs how old a leftover may be: no older than the IDs that others still have at hand
 */
export function termsOf({ highWater, raisedTo }: TagMarks, isFresh: boolean, maxAgeMs: number): TakeTerms | undefined {
  // What was raised here may have come down again: by IDs that others gave back.
  if (raisedTo > 0n) return { atLeast: raisedTo };
  return isFresh ? { leftovers: { notBelow: highWater, maxAgeMs } } : undefined;
}
