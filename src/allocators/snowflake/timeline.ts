import type { Clock } from '../../system/clock.ts';
import type { Random } from '../../system/random.ts';
import type { IdRange } from '../allocator.ts';
import type { IdLayout } from './id-layout.ts';

/** Why a mint gave nothing; `exhausted` ends with the next millisecond. */
export type RefusalKind = 'closed' | 'exhausted' | 'backwards' | 'limit' | 'epoch';

export interface Miss {
  readonly kind: RefusalKind;
  /** By how much the clock is behind the last ID (`backwards`) or the next timestamp above the limit (`limit`); ms, else 0. */
  readonly byMs: number;
}

/** Leaf starts each millisecond at 0 to 99, so that IDs of a slow service spread evenly over `id % n`. */
const SPREAD_IDS = 100;
/** A wall clock reading that no clock gives: the hot path misses. */
const NEVER_MS = -1;
const LOW_HALF = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH_HALF = 1 - LOW_HALF;

/**
 * Mints the IDs of one worker at a time (I7, I14). Synchronous and pure but for the clock and randomness passed in;
 * the slot keeper opens, raises and closes it.
 *
 * t = max(wall clock, last t), always above the floor; (t, sequence) strictly rises for as long as this object lives,
 * also over a change of worker. A refused call changes nothing (but `lastMiss` and its counter).
 *
 * While the wall clock is behind the last t by at most `rollbackLimitMs`, IDs go on at the last t. When its sequence is
 * used up there, t rises by one, at most once for each reading of the wall clock: so it never gains on the clock.
 *
 * Within one millisecond of the wall clock an ID costs one clock reading and two comparisons: limits are looked at
 * when a millisecond is entered, may only rise meanwhile, and closing makes the comparison fail.
 */
export class Timeline {
  readonly #layout: IdLayout;
  readonly #rollbackLimitMs: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #spreadIds: number;
  readonly #maxSequence: number;
  readonly #halves = new Uint32Array(2);
  readonly #word = new BigUint64Array(this.#halves.buffer);
  #hotWallMs = NEVER_MS;
  #sequence: number;
  #lowBase = 0;
  #isOpen = false;
  #workerId = 0;
  #lastMs: number;
  #limitMs = 0;
  /** The wall clock when `lastMs` was entered. */
  #enteredWallMs = NEVER_MS;
  #firstSequence: number;
  #issuedBefore = 0;
  #lastMiss: Miss = { kind: 'closed', byMs: 0 };
  /** Calls that gave nothing, by reason. */
  readonly refused: Record<RefusalKind, number> = { closed: 0, exhausted: 0, backwards: 0, limit: 0, epoch: 0 };
  /** The greatest distance of the wall clock behind the last t while IDs went on; ms. */
  absorbedRollbackMs = 0;

  constructor(layout: IdLayout, rollbackLimitMs: number, clock: Clock, random: Random) {
    this.#layout = layout;
    this.#rollbackLimitMs = rollbackLimitMs;
    this.#clock = clock;
    this.#random = random;
    this.#maxSequence = layout.maxSequence;
    this.#spreadIds = Math.min(SPREAD_IDS, (layout.maxSequence + 1) / 2);
    this.#lastMs = layout.epochMs;
    this.#sequence = layout.maxSequence;
    this.#firstSequence = layout.maxSequence + 1;
  }

  /** The last t used, or the floor when none was; Unix ms. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** IDs minted in this object's life; may pass 2^53 only after 70 years at 4 M/s. */
  get issued(): number {
    return this.#issuedBefore + this.#sequence - this.#firstSequence + 1;
  }

  /** Why the last call that gave nothing did so. */
  get lastMiss(): Miss {
    return this.#lastMiss;
  }

  /**
   * Mints for `workerId` from now on, with timestamps above `floorMs` (and above all used before) up to `limitMs`.
   * @throws RangeError when the worker ID does not fit the layout (a defect of the caller)
   */
  open(workerId: number, floorMs: number, limitMs: number): void {
    if (!Number.isInteger(workerId) || workerId < 0 || workerId > this.#layout.maxWorkerId) {
      throw new RangeError(`worker ID ${workerId} is not in 0 to ${this.#layout.maxWorkerId}`);
    }
    this.#issuedBefore = this.issued;
    this.#workerId = workerId;
    this.#lastMs = Math.max(this.#lastMs, floorMs);
    this.#sequence = this.#maxSequence;
    this.#firstSequence = this.#maxSequence + 1;
    this.#enteredWallMs = NEVER_MS;
    this.#hotWallMs = NEVER_MS;
    this.#limitMs = limitMs;
    this.#isOpen = true;
  }

  /** Raises the greatest timestamp that may be used; a lower one is ignored. Unix ms. */
  raise(limitMs: number): void {
    if (limitMs > this.#limitMs) this.#limitMs = limitMs;
  }

  /** Ends minting at once; the next ID needs `open`. */
  close(): void {
    this.#isOpen = false;
    this.#hotWallMs = NEVER_MS;
  }

  /** An ID, or undefined; `lastMiss` then says why. */
  next(): bigint | undefined {
    const wallMs = this.#clock.wallMs();
    if (wallMs !== this.#hotWallMs || this.#sequence >= this.#maxSequence) {
      if (!this.#enter(wallMs)) return undefined;
      return this.#word[0];
    }
    this.#halves[LOW_HALF] = this.#lowBase | ++this.#sequence;
    return this.#word[0];
  }

  /** Up to `count` IDs that can be minted now, as runs of consecutive numbers; the clock is read once a run. */
  takeMany(count: number): IdRange[] {
    const ranges: IdRange[] = [];
    for (let left = count; left > 0; ) {
      const start = this.next();
      if (start === undefined) break;
      const more = Math.min(left - 1, this.#maxSequence - this.#sequence);
      this.#sequence += more;
      ranges.push({ start, end: start + BigInt(more), step: 1n });
      left -= more + 1;
    }
    return ranges;
  }

  /** Why a mint would give nothing now; undefined when it would succeed. Mints nothing. */
  obstacle(): Miss | undefined {
    const wallMs = this.#clock.wallMs();
    const t = this.#timeAt(wallMs);
    return typeof t === 'number' ? undefined : this.#miss(t, wallMs);
  }

  /** The t that a mint at this reading of the wall clock gets, or why there is none. Changes nothing of what is minted. */
  #timeAt(wallMs: number): number | RefusalKind {
    if (!this.#isOpen) return 'closed';
    const lastMs = this.#lastMs;
    const behindMs = lastMs - wallMs;
    if (behindMs > this.#rollbackLimitMs) return 'backwards';
    let t = Math.max(wallMs, lastMs);
    if (t === lastMs && this.#sequence >= this.#maxSequence) {
      if (behindMs === 0 || wallMs === this.#enteredWallMs || behindMs >= this.#rollbackLimitMs) return 'exhausted';
      t = lastMs + 1;
    }
    if (t > this.#layout.lastTimeMs) return 'epoch';
    return t > this.#limitMs ? 'limit' : t;
  }

  /** Leaves an ID in the word. False when there is none; only then nothing has changed. */
  #enter(wallMs: number): boolean {
    const t = this.#timeAt(wallMs);
    if (typeof t !== 'number') {
      this.refused[t]++;
      if (t !== this.#lastMiss.kind || t !== 'exhausted') this.#lastMiss = this.#miss(t, wallMs);
      return false;
    }
    if (t === this.#lastMs) this.#sequence++;
    else this.#enterTime(t, wallMs);
    if (t - wallMs > this.absorbedRollbackMs) this.absorbedRollbackMs = t - wallMs;
    this.#halves[LOW_HALF] = this.#lowBase | this.#sequence;
    this.#hotWallMs = wallMs;
    return true;
  }

  #enterTime(t: number, wallMs: number): void {
    const saturated = this.#sequence >= this.#maxSequence && this.#firstSequence <= this.#maxSequence;
    this.#issuedBefore = this.issued;
    // A full millisecond is followed by one from 0, so that full load loses nothing to the spread.
    this.#firstSequence = saturated ? 0 : Math.floor(this.#random.fraction() * this.#spreadIds);
    this.#sequence = this.#firstSequence;
    this.#lastMs = t;
    this.#enteredWallMs = wallMs;
    const lowBits = this.#layout.workerBits + this.#layout.sequenceBits;
    const timeInLow = 2 ** (32 - lowBits);
    const sinceEpochMs = t - this.#layout.epochMs;
    this.#halves[HIGH_HALF] = Math.floor(sinceEpochMs / timeInLow);
    // As a signed 32-bit number: writing it to the unsigned half keeps its bits, and the hot path stays in integers.
    this.#lowBase = ((sinceEpochMs % timeInLow) * 2 ** lowBits + this.#workerId * 2 ** this.#layout.sequenceBits) | 0;
  }

  #miss(kind: RefusalKind, wallMs: number): Miss {
    let byMs = 0;
    if (kind === 'backwards') byMs = this.#lastMs - wallMs;
    else if (kind === 'limit') byMs = Math.max(wallMs, this.#lastMs) - this.#limitMs;
    return { kind, byMs };
  }
}
