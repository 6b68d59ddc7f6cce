import type { FrondError } from '../../errors.ts';
import type { Logger } from '../../system/logger.ts';
import type { CeilingHealth, TagRecord, TakenRange } from '../range-store.ts';

/**
 * What a process knows of its ceilings: the marks (the first ID of a tag above all that this process had, or raised its
 * maxId to), which of them no ceiling covers yet, and the figures and log lines. No I/O.
 */
export class CeilingWatch {
  readonly #policy: CeilingHealth['policy'];
  readonly #register: string;
  readonly #logger: Logger;
  readonly #marks = new Map<string, bigint>();
  readonly #behind = new Set<string>();
  /** Tags whose rows were seen below their marks since their last range. */
  readonly #reported = new Set<string>();
  #failure: FrondError | undefined;
  /** What failed: a look at the register, which the next one disproves, or a use of it. */
  #failed: 'look' | 'use' = 'use';
  #degradedTakes = 0;
  #retries = 0;
  #discardedRanges = 0;
  #liftedRows = 0;

  /** @param register its name */
  constructor(policy: CeilingHealth['policy'], register: string, logger: Logger) {
    this.#policy = policy;
    this.#register = register;
    this.#logger = logger;
  }

  markOf(tag: string): bigint | undefined {
    return this.#marks.get(tag);
  }

  /** A copy. */
  marks(): ReadonlyMap<string, bigint> {
    return new Map(this.#marks);
  }

  /** Whether there are marks without a ceiling. */
  get isBehind(): boolean {
    return this.#behind.size > 0;
  }

  behind(): readonly string[] {
    return [...this.#behind];
  }

  /** The ceiling is at `end` or above. */
  covered(tag: string, end: bigint): void {
    this.#raise(tag, end);
    if (this.#marks.get(tag) === end) this.#behind.delete(tag);
    this.#recovered();
  }

  /** The register answers a look at it. That is no proof for one that refused to be changed. */
  answered(): void {
    if (this.#failed === 'look') this.#recovered();
  }

  /** IDs below `end` are spent, and the ceiling may not know. */
  uncovered(tag: string, end: bigint): void {
    this.#raise(tag, end);
    this.#behind.add(tag);
  }

  /** A range up to `end` is given without the ceiling. */
  degraded(tag: string, end: bigint): void {
    this.#degradedTakes++;
    this.uncovered(tag, end);
  }

  gaveBack(tag: string, rest: TakenRange): void {
    if (this.#marks.get(tag) === rest.end) this.#marks.set(tag, rest.start);
  }

  /** A range was taken above `floor`; a row that was lower had gone back, and was lifted. */
  took(tag: string, { foundMaxId }: TakenRange, floor: bigint): void {
    if (foundMaxId === undefined || foundMaxId >= floor) return;
    this.#liftedRows++;
    this.#logger.error(
      { tag, maxId: `${foundMaxId}`, ceiling: `${floor}` },
      'the database went back to an older state; the row was lifted above all IDs given',
    );
  }

  /** A range that was taken above `floor` is thrown away. */
  discarded(tag: string, range: TakenRange, floor: bigint): void {
    this.#discardedRanges++;
    this.took(tag, range, floor);
  }

  /**
   * A record as it is to be told: its maxId is above all that this process had.
   * @param before the tag's mark before the record was asked for
   */
  corrected(record: TagRecord, before: bigint | undefined): TagRecord {
    const { tag, maxId } = record;
    const now = this.#marks.get(tag);
    // IDs that were given back meanwhile lower the mark.
    const mark = before === undefined || now === undefined || before < now ? before : now;
    if (mark === undefined || maxId >= mark) return record;
    if (!this.#reported.has(tag)) {
      this.#reported.add(tag);
      this.#logger.error(
        { tag, maxId: `${maxId}`, mark: `${mark}` },
        'the database went back to an older state; the next fetch lifts the row',
      );
    }
    return { ...record, maxId: mark };
  }

  retried(): void {
    this.#retries++;
  }

  failed(error: FrondError, what: 'look' | 'use' = 'use'): void {
    if (this.#failure === undefined || what === 'use') this.#failed = what;
    if (this.#failure === undefined) {
      const follows = this.#policy === 'required' ? 'no ranges are fetched' : 'ranges are fetched WITHOUT it';
      const { code, message } = error;
      this.#logger.warn({ code, reason: message }, `the ceiling of segment ranges cannot be kept: ${follows}`);
    }
    this.#failure = error;
  }

  health(): CeilingHealth {
    return {
      policy: this.#policy,
      failure: this.#failure?.code ?? null,
      degradedTakes: this.#degradedTakes,
      retries: this.#retries,
      discardedRanges: this.#discardedRanges,
      liftedRows: this.#liftedRows,
    };
  }

  #recovered(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#logger.info({ register: this.#register }, 'the ceiling of segment ranges is kept again');
  }

  #raise(tag: string, end: bigint): void {
    if (end > (this.#marks.get(tag) ?? 0n)) this.#marks.set(tag, end);
    this.#reported.delete(tag);
  }
}
