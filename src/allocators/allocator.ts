/**
 * The port of every kind of ID. Types and contracts only.
 *
 * An allocator has a life (start, stop) and gives sources; a source gives IDs. Callers in a hot loop hold a source.
 */

export type IdKind = 'segment' | 'snowflake' | 'uuid';

/** starting → ready ⇄ refusing → stopping → stopped. `refusing`: alive, but IDs would be unsafe or are impossible now. */
export type AllocatorState = 'new' | 'starting' | 'ready' | 'refusing' | 'stopping' | 'stopped';

export interface WaitOptions {
  /** Ends the wait with ABORTED. */
  readonly signal?: AbortSignal;
  /** The longest wait in milliseconds, 0 or more; by default the allocator's `waitDeadlineMs`. */
  readonly deadlineMs?: number;
  /** True where another source stands in: a store that gave no answer to the latest question is not waited for. */
  readonly hasStandIn?: boolean;
}

/** IDs `start`, `start + step`, …, `end` (inclusive). */
export interface IdRange {
  readonly start: bigint;
  readonly end: bigint;
  readonly step: bigint;
}

/**
 * Where IDs of one kind (and, for segments, of one tag) come from.
 * Within one process the IDs of a source strictly increase in the order in which calls take them.
 */
export interface IdSource<Id = bigint, Batch = readonly IdRange[]> {
  readonly kind: IdKind;
  /**
   * An ID at once, or undefined when one cannot be given without waiting or at all; `next` then says which.
   * Synchronous, never throws, never blocks. A refused call changes nothing.
   */
  tryNext(): Id | undefined;
  /**
   * An ID, waiting at most `deadlineMs` where `tryNext` gave undefined.
   * @throws FrondError whose code says why none is given: DEADLINE_EXCEEDED, TOO_MANY_WAITERS, ABORTED, NOT_READY and
   * the codes of the kind (segment: UNKNOWN_TAG, STORE_*, SEGMENT_REWOUND, RANGE_EXHAUSTED; snowflake: CLOCK_*,
   * LIMIT_REACHED, NO_FREE_SLOT, SLOT_*, EPOCH_EXHAUSTED, LAYOUT_MISMATCH)
   */
  next(options?: WaitOptions): Promise<Id>;
  /**
   * `count` IDs in increasing order; number kinds answer as few ranges as possible, so a million costs as little as one.
   * All or nothing: on an error the IDs taken so far are lost, never given twice.
   * @param count 1 to 2^31 - 1
   * @throws FrondError as `next`, and INVALID_ARGUMENT
   */
  nextMany(count: number, options?: WaitOptions): Promise<Batch>;
  /**
   * What `nextMany` would give, at once; undefined where it would have to wait or refuse: nothing is taken or fetched
   * then, and `nextMany` is the call to make. Kinds that cannot tell beforehand have it not.
   * @throws FrondError INVALID_ARGUMENT
   */
  tryNextMany?(count: number): Batch | undefined;
}

export interface Allocator<Id = bigint, Batch = readonly IdRange[]> extends AsyncDisposable {
  readonly kind: IdKind;
  readonly state: AllocatorState;
  /**
   * The source of `tag`; kinds without tags ignore it. Cheap, synchronous, never throws for an unknown tag (its
   * calls do). The same live tag always shares one buffer, however many sources were asked for.
   */
  source(tag?: string): IdSource<Id, Batch>;
  /**
   * Idempotent; concurrent calls share one promise. Resolves when IDs can be given, or when it is certain that they
   * cannot be given yet: the allocator is then `refusing`, goes on trying by itself, and its calls say why.
   * @throws FrondError only for what no waiting mends (INVALID_CONFIG, LAYOUT_MISMATCH, STORE_NOT_INITIALISED, STORE_DAMAGED)
   */
  start(): Promise<void>;
  /** Idempotent; ends all waits with NOT_READY, then gives everything back. Never throws for a dead store. */
  stop(): Promise<void>;
  /** A plain object for /status, metrics and tests. */
  status(): object;
}
