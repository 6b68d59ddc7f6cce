import { FrondError, requireInteger } from '../../errors.ts';
import type { Cancel, Timers } from '../../system/timers.ts';
import type { IdRange, IdSource, WaitOptions } from '../allocator.ts';
import { appendRange } from '../id-ranges.ts';
import { deadlineOf, Wait } from '../wait.ts';
import type { Refusal } from './refusal.ts';
import type { Timeline } from './timeline.ts';

export interface SnowflakeSourceParts {
  readonly timeline: Timeline;
  readonly timers: Timers;
  /** Why the timeline's last answer was none. */
  readonly refusal: () => Refusal;
  /** Told of every call that ends with an error of ours. */
  readonly rejected: (error: FrondError) => void;
  /** The greatest number of IDs that a millisecond has. */
  readonly idsPerMs: number;
  readonly waitDeadlineMs: number;
  readonly maxWaiters: number;
}

interface Waiter {
  readonly wait: Wait<readonly IdRange[]>;
  readonly taken: IdRange[];
  lackIds: number;
}

const COUNT_MAX_IDS = 2 ** 31 - 1;
const NEXT_MS = 1;

/**
 * IDs of the timeline, and the callers that wait for them: first come, first served, bounded in number and time. Each
 * keeps what it got so far. While a sequence is used up one timer, shared by all, looks again in the next millisecond;
 * everything else that ends a wait is told by `serve`.
 */
export class SnowflakeSource implements IdSource {
  readonly kind = 'snowflake';
  readonly #parts: SnowflakeSourceParts;
  readonly #timeline: Timeline;
  readonly #waiters = new Set<Waiter>();
  #cancelPoll: Cancel | undefined;

  constructor(parts: SnowflakeSourceParts) {
    this.#parts = parts;
    this.#timeline = parts.timeline;
  }

  /** Callers that wait now. */
  get waiters(): number {
    return this.#waiters.size;
  }

  tryNext(): bigint | undefined {
    return this.#timeline.next();
  }

  next(options?: WaitOptions): Promise<bigint> {
    if (options === undefined && this.#waiters.size === 0) {
      const id = this.#timeline.next();
      if (id !== undefined) return Promise.resolve(id);
    }
    return this.#take(1, options).then(firstId);
  }

  async nextMany(count: number, options?: WaitOptions): Promise<readonly IdRange[]> {
    requireInteger('count', count, 1, COUNT_MAX_IDS);
    return this.#take(count, options);
  }

  /** Gives waiting callers what there is; ends their waits when waiting makes no sense any more. */
  serve(): void {
    for (const waiter of this.#waiters) {
      waiter.lackIds -= this.#takeNow(waiter.lackIds, waiter.taken);
      if (waiter.lackIds > 0) {
        this.#wait();
        return;
      }
      waiter.wait.resolve(waiter.taken);
    }
  }

  async #take(count: number, options: WaitOptions | undefined): Promise<readonly IdRange[]> {
    const { waitDeadlineMs, maxWaiters } = this.#parts;
    const deadlineMs = deadlineOf(options, waitDeadlineMs);
    this.#requirePossible(count, deadlineMs);
    const taken: IdRange[] = [];
    // Whoever waits already is served first.
    const lackIds = this.#waiters.size > 0 ? count : count - this.#takeNow(count, taken);
    if (lackIds === 0) return taken;
    const refusal = this.#parts.refusal();
    if (this.#waiters.size === 0 && !refusal.waits) throw this.#rejected(refusal.error());
    if (deadlineMs === 0) throw this.#rejected(this.#timedOut(0));
    if (this.#waiters.size >= maxWaiters) {
      const error = new FrondError(
        'TOO_MANY_WAITERS',
        { what: 'snowflake IDs', limit: maxWaiters },
        { retryAfterMs: 1000 },
      );
      throw this.#rejected(error);
    }
    return this.#join(lackIds, taken, deadlineMs, options?.signal);
  }

  /** A batch that no deadline could bring spends nothing: it would keep all others waiting, to be lost at its end. */
  #requirePossible(count: number, deadlineMs: number): void {
    const { idsPerMs } = this.#parts;
    const possible = idsPerMs * (Math.floor(deadlineMs) + 1);
    if (count <= possible) return;
    const expected = `at most ${possible}: ${idsPerMs} IDs a millisecond, and ${deadlineMs} ms to wait`;
    throw new FrondError('INVALID_ARGUMENT', { field: 'count', value: count, expected });
  }

  #join(lackIds: number, taken: IdRange[], deadlineMs: number, signal?: AbortSignal): Promise<readonly IdRange[]> {
    const wait = new Wait<readonly IdRange[]>(this.#parts.timers, deadlineMs, signal, {
      timedOut: () => this.#rejected(this.#timedOut(deadlineMs)),
      ended: () => this.#leave(waiter),
    });
    const waiter: Waiter = { wait, taken, lackIds };
    this.#waiters.add(waiter);
    this.#wait();
    return wait.promise;
  }

  #leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size > 0) return;
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
  }

  /** IDs that can be had now, at most `count`, added to `taken`; their number. */
  #takeNow(count: number, taken: IdRange[]): number {
    let got = 0;
    for (const range of this.#timeline.takeMany(count)) {
      got += Number(range.end - range.start) + 1;
      appendRange(taken, range);
    }
    return got;
  }

  /** Somebody has to wait: until the next millisecond, until `serve`, or not at all. */
  #wait(): void {
    const refusal = this.#parts.refusal();
    if (!refusal.waits) {
      const error = refusal.error();
      for (const { wait } of this.#waiters) wait.reject(this.#rejected(error));
    } else if (refusal.exhausted) {
      this.#cancelPoll ??= this.#parts.timers.after(NEXT_MS, () => {
        this.#cancelPoll = undefined;
        this.serve();
      });
    }
  }

  /** What a wait that lasted to its deadline says: what it waited for, where that is more than the next millisecond. */
  #timedOut(deadlineMs: number): FrondError {
    const refusal = this.#parts.refusal();
    if (!refusal.exhausted) return refusal.error();
    const what = 'No snowflake ID was left in any millisecond';
    return new FrondError('DEADLINE_EXCEEDED', { what, deadlineMs }, { retryAfterMs: 1 });
  }

  #rejected(error: FrondError): FrondError {
    this.#parts.rejected(error);
    return error;
  }
}

function firstId(ranges: readonly IdRange[]): bigint {
  return ranges[0]!.start;
}
