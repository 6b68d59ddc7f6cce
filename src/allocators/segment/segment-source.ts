import { FrondError, requireInteger } from '../../errors.ts';
import { STEP_MAX_IDS } from '../../stores/range-store.ts';
import type { IdRange, IdSource, WaitOptions } from '../allocator.ts';
import { SegmentBuffer } from './segment-buffer.ts';
import type { SegmentKeeper } from './segment-keeper.ts';

/** What a source needs from its allocator. */
export interface KeeperDirectory {
  /** The keeper of a live tag; undefined for a tag that is not known to be live. */
  keeperOf(tag: string): SegmentKeeper | undefined;
  /** Asks the store about the tag, then takes `count` IDs. @throws FrondError see `IdSource.next` */
  lookUpAndTake(tag: string, count: number, wait: WaitOptions | undefined): Promise<readonly IdRange[]>;
  /** Counts an error that a call ends with, and throws it. */
  refused(error: unknown): never;
}

/** The buffer of a source without a live tag; stays empty. */
const NOTHING = new SegmentBuffer();

/**
 * A handle on the IDs of one tag. Handles are cheap and as many as wanted; all of a live tag draw on one buffer. A
 * handle may be older than its tag, and outlives it: after the tag was retired and made again it gives IDs again.
 */
export class SegmentSource implements IdSource {
  readonly kind = 'segment';
  readonly tag: string;
  readonly #directory: KeeperDirectory;
  #keeper: SegmentKeeper | undefined;
  #buffer = NOTHING;

  constructor(tag: string, directory: KeeperDirectory) {
    this.tag = tag;
    this.#directory = directory;
  }

  tryNext(): bigint | undefined {
    const id = this.#buffer.next();
    return id === undefined ? this.#tryNextSlowly() : id;
  }

  /**
   * As `tryNext`, as a number: about as fast again. The two forms draw on the same IDs.
   * @throws FrondError ID_NOT_SAFE_INTEGER when the next ID is 2^53 or more
   */
  tryNextNumber(): number | undefined {
    const id = this.#buffer.nextNumber();
    return id === undefined ? this.#tryNextNumberSlowly() : id;
  }

  next(options?: WaitOptions): Promise<bigint> {
    if (options === undefined) {
      const id = this.tryNext();
      if (id !== undefined) return Promise.resolve(id);
    }
    return this.#take(1, options).then(firstId);
  }

  tryNextMany(count: number): readonly IdRange[] | undefined {
    requireInteger('count', count, 1, STEP_MAX_IDS);
    return this.#attach()?.takeNow(count);
  }

  async nextMany(count: number, options?: WaitOptions): Promise<readonly IdRange[]> {
    requireInteger('count', count, 1, STEP_MAX_IDS);
    return this.#take(count, options);
  }

  #tryNextSlowly(): bigint | undefined {
    return this.#attach()?.advance() ? this.#buffer.next() : undefined;
  }

  #tryNextNumberSlowly(): number | undefined {
    if (!this.#attach()?.advance()) return undefined;
    if (this.#buffer.beyondNumbers) throw new FrondError('ID_NOT_SAFE_INTEGER', { tag: this.tag });
    return this.#buffer.nextNumber();
  }

  #take(count: number, options: WaitOptions | undefined): Promise<readonly IdRange[]> {
    const keeper = this.#attach();
    const taken = keeper?.take(count, options) ?? this.#directory.lookUpAndTake(this.tag, count, options);
    return taken.catch(error => this.#directory.refused(error));
  }

  /** The keeper of the tag as it is now. */
  #attach(): SegmentKeeper | undefined {
    if (this.#keeper?.live) return this.#keeper;
    this.#keeper = this.#directory.keeperOf(this.tag);
    this.#buffer = this.#keeper?.buffer ?? NOTHING;
    return this.#keeper;
  }
}

function firstId(ranges: readonly IdRange[]): bigint {
  return ranges[0]!.start;
}
