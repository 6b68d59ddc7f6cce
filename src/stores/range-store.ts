/**
 * The port of whoever hands out number ranges (Leaf's `leaf_alloc`). Types and contracts only.
 *
 * A range is handed out by raising a tag's `maxId` in one atomic, durable step; whatever is lost after that step is a
 * gap, never a repeat. `maxId` moves down only by `giveBack`, over IDs that nobody was given.
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

/** IDs `start` (inclusive), `start + stride`, … below `end` (exclusive). */
export interface TakenRange {
  readonly start: bigint;
  readonly end: bigint;
  /** Distance between two IDs, 1 to STRIDE_MAX; 1 when absent. More than 1 where several primaries share the numbers. */
  readonly stride?: bigint;
  /** What maxId was before this range was taken; `start` when absent. Less than `start` where the row was lifted. */
  readonly foundMaxId?: bigint;
  /** Another process had it and left it: its size is what it is, not what was asked for. */
  readonly isLeftover?: true;
}

/** Which ranges that other processes left are welcome. */
export interface LeftoverTerms {
  /** Only those that start here or higher. */
  readonly notBelow: bigint;
  /** Only those that were left less than so long ago by the store's clock, milliseconds. */
  readonly maxAgeMs: number;
}

export interface TakeTerms {
  /** The range starts here or higher: the row is lifted when it is lower. 1 to 2^63 - 1. */
  readonly atLeast?: bigint;
  /** `atLeast` is above every ID that anybody was given of the tag: a row below it is lifted, even one that went back. */
  readonly isAboveAll?: boolean;
  /**
   * The lowest fitting range that was left is taken before maxId is raised; a store may know only of tags that something
   * was left of when it last listed them. Not together with `atLeast`.
   */
  readonly leftovers?: LeftoverTerms;
}

/** What changes of a tag; what is undefined stays as it is. */
export interface TagPatch {
  readonly stepIds?: number;
  readonly description?: string | null;
  /** Raises the tag: the next range starts here or higher, and what was left of earlier ones is deleted. */
  readonly maxId?: bigint;
}

export interface TagChange extends TagPatch {
  readonly stepIds: number;
  /** The tag has to be new, or retired: TAG_EXISTS else. Default false. */
  readonly mustCreate?: boolean;
}

/** What a store knows of its own trustworthiness. Counts are sums since the start. */
export interface StoreHealth {
  /** How the server may forget what it acknowledged, as sentences; as of the latest look. */
  readonly risks: readonly string[];
  /** Where the ranges are under a ceiling. */
  readonly ceiling?: CeilingHealth;
  /** Where several primaries share the numbers. */
  readonly primaries?: readonly PrimaryHealth[];
}

export interface PrimaryHealth {
  readonly name: string;
  /** The code of what it is left out for; null while it is used. */
  readonly failure: string | null;
}

export interface CeilingHealth {
  readonly policy: 'required' | 'preferred';
  /** The code of the latest failure, until the ceiling answers again. */
  readonly failure: string | null;
  /** Ranges that were given without the ceiling. */
  readonly degradedTakes: number;
  /** Changes of a ceiling that another process forestalled. */
  readonly retries: number;
  /** Ranges that were thrown away for it. */
  readonly discardedRanges: number;
  /** Rows that were found below their ceiling and lifted: each time, the database had gone back. */
  readonly liftedRows: number;
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
   * With `terms.leftovers` it may be a range that was left instead: see `leave`.
   * @param stepIds 1 to 2^31 - 1
   * @throws FrondError UNKNOWN_TAG (absent or retired), RANGE_EXHAUSTED (maxId unchanged), STORE_UNAVAILABLE; from a
   *   store that is guarded also STORE_NOT_DURABLE and CEILING_UNAVAILABLE, after which a range may be lost as well
   */
  take(tag: string, stepIds: number, terms?: TakeTerms): Promise<TakenRange>;
  /**
   * Gives IDs back that nobody was given, if nobody has taken a range since: lowers maxId from `rest.end` to
   * `rest.start` in one atomic, durable step. False when maxId is no longer `rest.end`, or the tag is absent or retired.
   *
   * That maxId may have moved on and come back in between is harmless. It comes down only by this call, and only over
   * IDs that their one owner will never give: so whenever maxId is v, nobody holds an ID of v or above that he may
   * still give. And what others took above `rest.end` they gave back whole, for maxId could not be `rest.end` else.
   * @param rest the unused end of the latest range that this process took
   * @throws FrondError STORE_UNAVAILABLE (outcome unknown; the IDs count as given back, and must not be used)
   */
  giveBack(tag: string, rest: TakenRange): Promise<boolean>;
  /**
   * Leaves IDs that nobody was given, and that could not be given back, for a process that takes with `leftovers`.
   * False, and nothing is left: the tag is absent or retired, the store keeps no leftovers, or it may have forgotten
   * since what it gave. Absent where the ranges need more than one step to be taken.
   *
   * A leftover is taken by one atomic, durable deletion, so by one process at the most; one whose outcome is unknown is
   * lost. It is never above maxId: it is left only below, and `giveBack` lowers maxId over IDs of the giver alone, and
   * these are nobody's. Where it is above all the same, the row was lowered or deleted by hand, and it is deleted with all
   * others of its tag; so it is when a row is made anew. A raise of the tag and its retirement delete what was left, and
   * nothing below a raise can be left any more. A store that may have forgotten a deletion (a restarted server, a
   * promoted replica) gives none of what was left before.
   * @param rest the unused end of a range that this process took; stride 1
   * @param maxAgeMs older leftovers of the tag are deleted
   * @throws FrondError STORE_UNAVAILABLE (outcome unknown; the IDs count as left)
   */
  leave?(tag: string, rest: TakenRange, maxAgeMs: number): Promise<boolean>;
  /** For the metrics and /status. */
  health?(): StoreHealth;
  /** @throws FrondError STORE_UNAVAILABLE */
  getTag(tag: string): Promise<TagRecord | undefined>;
  /** All tags that are not retired, in the order of their names. @throws FrondError STORE_UNAVAILABLE */
  listTags(): Promise<readonly TagRecord[]>;
  /**
   * Creates or changes a tag; a retired one comes back and goes on where it stopped. Never lowers maxId.
   * @throws FrondError TAG_WOULD_REWIND, TAG_EXISTS, INVALID_ARGUMENT (text that the store cannot hold; a name that it
   *   takes for that of another tag): nothing changed; STORE_UNAVAILABLE
   */
  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }>;
  /**
   * Changes a tag in one atomic step, and never makes one: undefined when it is absent or retired. Never lowers maxId.
   * @throws FrondError TAG_WOULD_REWIND, INVALID_ARGUMENT (both: nothing changed), STORE_UNAVAILABLE
   */
  patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined>;
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
/** Largest distance between two IDs of a range: as many primaries may share the numbers. */
export const STRIDE_MAX = 64;
/** Longest description in characters (code points, as MySQL counts them): Leaf's column is varchar(256). */
export const DESCRIPTION_MAX_CHARS = 256;
