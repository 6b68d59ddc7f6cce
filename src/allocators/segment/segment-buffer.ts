import type { TakenRange } from '../../stores/range-store.ts';
import type { IdRange } from '../allocator.ts';
import { appendRange } from '../id-ranges.ts';
import { sizeOf } from './taken-range.ts';

/** Widest window: `offset` and every limit on it stay small integers, which V8 counts without allocating. */
const WINDOW_SPAN = 2 ** 30;
/** The range being given out, the one that follows it, and one for a rate that has risen since that one was sized. */
const RANGES_MAX = 3;
/** The first ID that a JavaScript number cannot hold exactly together with its neighbours. */
const NUMBER_END = 2n ** 53n;

/** All that beginning a range takes, worked out when it comes in: who asks for its first ID shall not wait for that. */
interface Opening {
  readonly range: TakenRange;
  readonly bigStride: bigint;
  readonly stride: number;
  /** One stride after the last ID. */
  readonly end: bigint;
  readonly base: number;
  /** Of the first window. */
  readonly span: number;
  readonly numberSpan: number;
  readonly hasMore: boolean;
}

function openingOf(range: TakenRange): Opening {
  const { start, stride: bigStride = 1n } = range;
  const stride = Number(bigStride);
  const end = start + sizeOf(range) * bigStride;
  const span = windowSpan(start, end, bigStride);
  return {
    range,
    bigStride,
    stride,
    end,
    base: Number(start),
    span,
    numberSpan: start < NUMBER_END ? span : 0,
    hasMore: start + BigInt(span) < end,
  };
}

/** How far a window that begins at `start` reaches. */
function windowSpan(start: bigint, end: bigint, stride: bigint): number {
  let span = end - start;
  // A window ends at 2^53, so that the number form works up to there.
  if (start < NUMBER_END && end > NUMBER_END) span = firstFrom(NUMBER_END, start, stride) - start;
  const widest = WINDOW_SPAN - (WINDOW_SPAN % Number(stride));
  return span < BigInt(widest) ? Number(span) : widest;
}

/**
 * The buffers of one tag: the range being given out, the one that follows it, and sometimes a third. No I/O, no clock.
 *
 * The current range is served in windows. Within one, an ID is `base + offset`, the offset goes up by the range's
 * stride, and the one comparison of an ID is `offset < limit`. The limit stands at the low mark first, then at the end of
 * the window: whoever gets undefined calls `advance`, which moves the limit on. When the buffer is low, and has room,
 * its keeper fetches a range or sets a lower mark. It is low from the opening of a range on until a mark is set.
 *
 * How many IDs were given is never counted: it follows from the position.
 */
export class SegmentBuffer {
  #offset = 0;
  #stride = 1;
  #limit = 0;
  /** `#limit` while the window's IDs fit a number, else 0. */
  #numberLimit = 0;
  /** A fraction at first, so that V8 keeps the field as a double in every buffer from the start. */
  #base = 0.5;
  #bigBase = 0n;
  #windowSpan = 0;
  /** The current range goes on after this window. */
  #hasMore = false;
  /** The current range. */
  #range: TakenRange = { start: 0n, end: 0n };
  #bigStride = 1n;
  /** One stride after the last ID of the current range: where `#position` is when all are given. */
  #end = 0n;
  /** Whoever asks for this ID or a later one makes the buffer low. */
  #threshold = 0n;
  #low = false;
  /** What comes after the current range, in its order. */
  readonly #following: Opening[] = [];

  /** The next ID, or undefined at a limit: call `advance`, and once more if that was true. */
  next(): bigint | undefined {
    const offset = this.#offset;
    if (offset < this.#limit) {
      this.#offset = offset + this.#stride;
      return this.#bigBase + BigInt(offset);
    }
    return undefined;
  }

  /** As `next`, as a number; undefined also while `beyondNumbers` is true. */
  nextNumber(): number | undefined {
    const offset = this.#offset;
    if (offset < this.#numberLimit) {
      this.#offset = offset + this.#stride;
      return this.#base + offset;
    }
    return undefined;
  }

  /**
   * Moves the limit on: past the low mark, to the next window, to the next range.
   * @returns true when an ID can be given now
   */
  advance(): boolean {
    while (this.#offset >= this.#limit) {
      if (this.#offset < this.#windowSpan) {
        this.#low = true;
        this.#setLimit(this.#windowSpan);
      } else if (this.#hasMore) {
        this.#openWindow(this.#position);
      } else {
        const opening = this.#following.shift();
        if (opening === undefined) {
          this.#low = true;
          return false;
        }
        this.#openRange(opening);
      }
    }
    return true;
  }

  /** True when the next ID exists but is 2^53 or more. */
  get beyondNumbers(): boolean {
    return this.#offset < this.#limit && this.#offset >= this.#numberLimit;
  }

  /** True when the buffer is low and has room: fetch a range, or set the low mark. */
  get needsRange(): boolean {
    return this.#low && this.#following.length < RANGES_MAX - 1;
  }

  /** The range that was pushed last, while it follows the current one. */
  get latestFollowing(): TakenRange | undefined {
    return this.#following.at(-1)?.range;
  }

  /** IDs that can still be given. */
  get remainingIds(): bigint {
    return (this.#end - this.#position) / this.#bigStride + this.#followingIds;
  }

  /** What is still unused of the ranges, in their order. */
  get unused(): readonly TakenRange[] {
    const first = this.#position < this.#end ? [{ ...this.#range, start: this.#position }] : [];
    return [...first, ...this.#following.map(({ range }) => range)];
  }

  /**
   * Adds a range of at least one ID, below 2^63 and above all earlier ones, with a stride of up to STRIDE_MAX. It is used at once when the buffer is empty.
   * @throws Error when three ranges are there already
   */
  push(range: TakenRange): void {
    if (this.#following.length === RANGES_MAX - 1)
      throw new Error(`a segment buffer holds ${RANGES_MAX} ranges at most`);
    const opening = openingOf(range);
    if (this.#position < this.#end || this.#following.length > 0) this.#following.push(opening);
    else this.#openRange(opening);
  }

  /**
   * The buffer is low no more until `leftIds` or fewer can still be given, or the next range is opened.
   * @param leftIds 0 to `remainingIds`
   */
  setLowMark(leftIds: bigint): void {
    const ofCurrent = leftIds - this.#followingIds;
    this.#threshold = this.#end - (ofCurrent > 0n ? ofCurrent : 0n) * this.#bigStride;
    this.#low = false;
    this.#openWindow(this.#position);
  }

  /** Takes up to `count` IDs as the fewest ranges possible, adjacent ones merged; none when the buffer is empty. */
  takeMany(count: number): IdRange[] {
    const taken: IdRange[] = [];
    let lacking = BigInt(count);
    while (lacking > 0n && (this.#position < this.#end || this.advance())) {
      const start = this.#position;
      const step = this.#bigStride;
      const wanted = start + lacking * step;
      const next = wanted < this.#end ? wanted : this.#end;
      lacking -= (next - start) / step;
      this.#moveTo(next);
      appendRange(taken, { start, end: next - step, step });
    }
    return taken;
  }

  /** Forgets all IDs below `floor`. */
  dropBelow(floor: bigint): void {
    for (let first = this.#following[0]; first !== undefined && first.range.start < floor; first = this.#following[0]) {
      this.#low = true;
      const start = firstFrom(floor, first.range.start, first.bigStride);
      if (start < first.end) {
        this.#following[0] = openingOf({ ...first.range, start });
        break;
      }
      this.#following.shift();
    }
    if (this.#position < floor) {
      const next = firstFrom(floor, this.#position, this.#bigStride);
      this.#moveTo(next < this.#end ? next : this.#end);
    }
  }

  /** Forgets all IDs. */
  clear(): void {
    this.#following.length = 0;
    this.#moveTo(this.#end);
  }

  /** The ID that comes next in the current range, or its end. */
  get #position(): bigint {
    return this.#bigBase + BigInt(this.#offset);
  }

  get #followingIds(): bigint {
    let ids = 0n;
    for (const { range } of this.#following) ids += sizeOf(range);
    return ids;
  }

  #openRange({ range, bigStride, stride, end, base, span, numberSpan, hasMore }: Opening): void {
    this.#range = range;
    this.#bigStride = bigStride;
    this.#stride = stride;
    this.#end = end;
    this.#threshold = range.start;
    this.#low = true;
    this.#bigBase = range.start;
    this.#base = base;
    this.#offset = 0;
    this.#windowSpan = span;
    this.#hasMore = hasMore;
    this.#limit = span;
    this.#numberLimit = numberSpan;
  }

  /** Jumps forward within the current range; what is jumped over counts as used. */
  #moveTo(position: bigint): void {
    if (position > this.#threshold) this.#low = true;
    this.#openWindow(position);
  }

  #openWindow(start: bigint): void {
    this.#windowSpan = windowSpan(start, this.#end, this.#bigStride);
    this.#hasMore = start + BigInt(this.#windowSpan) < this.#end;
    this.#bigBase = start;
    this.#base = Number(start);
    this.#offset = 0;
    const untilThreshold = this.#threshold - start;
    this.#setLimit(
      this.#low || untilThreshold >= BigInt(this.#windowSpan) ? this.#windowSpan : Math.max(0, Number(untilThreshold)),
    );
  }

  #setLimit(limit: number): void {
    this.#limit = limit;
    this.#numberLimit = this.#bigBase < NUMBER_END ? limit : 0;
  }
}

/** The first of `start`, `start + stride`, … that is `floor` or more. */
function firstFrom(floor: bigint, start: bigint, stride: bigint): bigint {
  return floor <= start ? start : start + ((floor - start + stride - 1n) / stride) * stride;
}
