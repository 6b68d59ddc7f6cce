import type { TakenRange } from '../../stores/range-store.ts';
import type { IdRange } from '../allocator.ts';
import { appendRange } from '../id-ranges.ts';

/** Widest window: `offset` and every limit on it stay small integers, which V8 counts without allocating. */
const WINDOW_IDS = 2 ** 30;
/** The first ID that a JavaScript number cannot hold exactly together with its neighbours. */
const NUMBER_END = 2n ** 53n;
/** Leaf fetches the second range when a tenth of the first is used. */
const PREFETCH_DIVISOR = 10n;

/**
 * The double buffer of one tag: the range being given out, and the one that follows it. No I/O, no clock.
 *
 * The current range is served in windows. Within one, an ID is `base + offset`, and the one comparison of an ID is
 * `offset < limit`. The limit stands at the prefetch threshold first, then at the end of the window: whoever gets
 * undefined calls `advance`, which moves the limit on and thereby learns, once per range, that it is time to prefetch.
 *
 * How many IDs were given is never counted: it follows from the position.
 */
export class SegmentBuffer {
  #offset = 0;
  #limit = 0;
  /** `#limit` while the window's IDs fit a number, else 0. */
  #numberLimit = 0;
  /** A fraction at first, so that V8 keeps the field as a double in every buffer from the start. */
  #base = 0.5;
  #bigBase = 0n;
  #windowIds = 0;
  /** End (exclusive) of the current range. */
  #end = 0n;
  /** Whoever asks for this ID or a later one starts the prefetch. */
  #threshold = 0n;
  /** True once that happened for the current range. */
  #low = false;
  #second: TakenRange | undefined;

  /** The next ID, or undefined at a limit: call `advance`, and once more if that was true. */
  next(): bigint | undefined {
    const offset = this.#offset;
    if (offset < this.#limit) {
      this.#offset = offset + 1;
      return this.#bigBase + BigInt(offset);
    }
    return undefined;
  }

  /** As `next`, as a number; undefined also while `beyondNumbers` is true. */
  nextNumber(): number | undefined {
    const offset = this.#offset;
    if (offset < this.#numberLimit) {
      this.#offset = offset + 1;
      return this.#base + offset;
    }
    return undefined;
  }

  /**
   * Moves the limit on: past the threshold, to the next window, to the second range.
   * @returns true when an ID can be given now
   */
  advance(): boolean {
    while (this.#offset >= this.#limit) {
      if (this.#offset < this.#windowIds) {
        this.#low = true;
        this.#setLimit(this.#windowIds);
      } else if (this.#position < this.#end) {
        this.#openWindow(this.#position);
      } else if (this.#second !== undefined) {
        this.#openRange(this.#second);
        this.#second = undefined;
      } else {
        this.#low = true;
        return false;
      }
    }
    return true;
  }

  /** True when the next ID exists but is 2^53 or more. */
  get beyondNumbers(): boolean {
    return this.#offset < this.#limit && this.#offset >= this.#numberLimit;
  }

  /** True when a range should be fetched: the current one is in use past its threshold and nothing follows it. */
  get needsRange(): boolean {
    return this.#low && this.#second === undefined;
  }

  /** IDs that can still be given. */
  get remainingIds(): bigint {
    const second = this.#second;
    return this.#end - this.#position + (second === undefined ? 0n : second.end - second.start);
  }

  /**
   * Adds a range of at least one ID, below 2^63 and above all earlier ones. It is used at once when the buffer is empty.
   * @throws Error when two ranges are there already
   */
  push(range: TakenRange): void {
    if (this.#second !== undefined) throw new Error('a segment buffer holds two ranges at most');
    if (this.#position < this.#end) this.#second = range;
    else this.#openRange(range);
  }

  /** Takes up to `count` IDs as the fewest ranges possible, adjacent ones merged; none when the buffer is empty. */
  takeMany(count: number): IdRange[] {
    const taken: IdRange[] = [];
    let lacking = BigInt(count);
    while (lacking > 0n && (this.#position < this.#end || this.advance())) {
      const start = this.#position;
      const available = this.#end - start;
      const next = start + (lacking < available ? lacking : available);
      lacking -= next - start;
      this.#moveTo(next);
      appendRange(taken, { start, end: next - 1n, step: 1n });
    }
    return taken;
  }

  /** Forgets all IDs below `floor`. */
  dropBelow(floor: bigint): void {
    const second = this.#second;
    if (second !== undefined && second.start < floor) {
      this.#second = second.end <= floor ? undefined : { start: floor, end: second.end };
    }
    if (this.#position < floor) this.#moveTo(floor < this.#end ? floor : this.#end);
  }

  /** Forgets all IDs. */
  clear(): void {
    this.#second = undefined;
    this.#moveTo(this.#end);
  }

  /** The ID that comes next in the current range, or its end. */
  get #position(): bigint {
    return this.#bigBase + BigInt(this.#offset);
  }

  #openRange({ start, end }: TakenRange): void {
    this.#end = end;
    // A tenth, rounded down, leaves at least one ID to give while the fetch runs, unless the range has but one.
    this.#threshold = start + (end - start) / PREFETCH_DIVISOR;
    this.#low = false;
    this.#openWindow(start);
  }

  /** Jumps forward within the current range; what is jumped over counts as used. */
  #moveTo(position: bigint): void {
    if (position > this.#threshold) this.#low = true;
    this.#openWindow(position);
  }

  #openWindow(start: bigint): void {
    let ids = this.#end - start;
    // A window ends at 2^53, so that the number form works up to there.
    if (start < NUMBER_END && this.#end > NUMBER_END) ids = NUMBER_END - start;
    this.#windowIds = ids < BigInt(WINDOW_IDS) ? Number(ids) : WINDOW_IDS;
    this.#bigBase = start;
    this.#base = Number(start);
    this.#offset = 0;
    const untilThreshold = this.#threshold - start;
    this.#setLimit(
      this.#low || untilThreshold >= BigInt(this.#windowIds) ? this.#windowIds : Math.max(0, Number(untilThreshold)),
    );
  }

  #setLimit(limit: number): void {
    this.#limit = limit;
    this.#numberLimit = this.#bigBase < NUMBER_END ? limit : 0;
  }
}
