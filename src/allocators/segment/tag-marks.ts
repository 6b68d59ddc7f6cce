/** What a process knows of a tag, also while nobody keeps it. */
export interface TagMarks {
  /** The end of the highest range that this process ever had of the tag, or what it raised maxId to; 0 for none. */
  readonly highWater: bigint;
  /** What this process raised maxId to since its latest range; 0 when it did not. */
  readonly raisedTo: bigint;
}

export const NO_MARKS: TagMarks = { highWater: 0n, raisedTo: 0n };
