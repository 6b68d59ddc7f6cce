/**
 * The port of whoever hands out number ranges (Leaf's `leaf_alloc`). Types and contracts only.
 *
 * A tag's `maxId` only ever moves up. A range is handed out by raising `maxId` in one atomic, durable step; whatever
 * is lost after that step is a gap, never a repeat.
 */

/** A row of `leaf_alloc`. A retired tag (step 0) is not shown by any call. */
export interface TagRecord {
  readonly tag: string;
  /** The first ID that no range contains yet; 1 to 2^63 - 1. */
  readonly maxId: bigint;
  /** The operator's step: IDs per range, 1 to 2^31 - 1. */
  readonly stepIds: number;
  readonly description: string | null;
  /** Unix milliseconds of the last change, as the store tells it. */
  readonly updatedAtMs: number | null;
}

/** IDs `start` (inclusive) to `end` (exclusive). */
export interface TakenRange {
  readonly start: bigint;
  readonly end: bigint;
}

export interface TagChange {
  readonly stepIds: number;
  /** Left as it is when undefined. */
  readonly description?: string | null;
  /** Raises the tag: the next range starts here or higher. */
  readonly maxId?: bigint;
}

export interface RangeStore {
  /** For logs and errors; never holds a secret. */
  readonly name: string;
  /**
   * Checks that the store can be used. A store that cannot be reached now is not an error of `open`: the calls say so.
   * @throws FrondError STORE_NOT_INITIALISED, STORE_DAMAGED
   */
  open(): Promise<void>;
  /** Idempotent; never throws for a dead store; calls in flight end within the store's own deadline. */
  close(): Promise<void>;
  /**
   * Takes the next `stepIds` IDs of `tag`: raises maxId by `stepIds` atomically and durably and returns
   * [maxId - stepIds, maxId). Not retried inside: after STORE_UNAVAILABLE the outcome is unknown and a range may be lost.
   * @param stepIds 1 to 2^31 - 1
   * @throws FrondError UNKNOWN_TAG (absent or retired), RANGE_EXHAUSTED (maxId unchanged), STORE_UNAVAILABLE
   */
  take(tag: string, stepIds: number): Promise<TakenRange>;
  /** @throws FrondError STORE_UNAVAILABLE */
  getTag(tag: string): Promise<TagRecord | undefined>;
  /** All tags that are not retired, in the order of their names. @throws FrondError STORE_UNAVAILABLE */
  listTags(): Promise<readonly TagRecord[]>;
  /**
   * Creates or changes a tag; a retired one comes back and goes on where it stopped. Never lowers maxId.
   * @throws FrondError TAG_WOULD_REWIND (nothing changed), STORE_UNAVAILABLE
   */
  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }>;
  /**
   * Retires a tag: sets its step to 0 and keeps the row, so that its IDs can never be given again.
   * Takes effect on every instance at its next `take`. False when there is no such tag.
   * @throws FrondError STORE_UNAVAILABLE
   */
  retireTag(tag: string): Promise<boolean>;
}

/** Bounds of `leaf_alloc`: the column types of Leaf's own table. */
export const STEP_MAX_IDS = 2 ** 31 - 1;
export const ID_MAX = 2n ** 63n - 1n;
/** Longest description in characters (code points, as MySQL counts them): Leaf's column is varchar(256). */
export const DESCRIPTION_MAX_CHARS = 256;
