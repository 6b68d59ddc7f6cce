import type { FrondError } from '../../errors.ts';
import type { Timers } from '../../system/timers.ts';
import type { IdRange } from '../allocator.ts';
import { appendRange } from '../id-ranges.ts';
import { Wait } from '../wait.ts';
import type { SegmentBuffer } from './segment-buffer.ts';

interface Waiter {
  readonly wait: Wait<readonly IdRange[]>;
  readonly taken: IdRange[];
  lackIds: number;
}

/** Callers that wait for IDs of one tag, first come, first served; the head keeps what it got so far. */
export class WaiterQueue {
  readonly #timers: Timers;
  readonly #timedOut: (deadlineMs: number) => FrondError;
  readonly #waiters = new Set<Waiter>();
  #lackIds = 0;

  /** @param timedOut the error of a waiter whose deadline ends */
  constructor(timers: Timers, timedOut: (deadlineMs: number) => FrondError) {
    this.#timers = timers;
    this.#timedOut = timedOut;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** IDs that all waiters together still lack. */
  get lackIds(): number {
    return this.#lackIds;
  }

  /** Waits for `lackIds` more IDs than those `taken` already. */
  join(
    lackIds: number,
    taken: IdRange[],
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly IdRange[]> {
    const wait = new Wait<readonly IdRange[]>(this.#timers, deadlineMs, signal, {
      timedOut: () => this.#timedOut(deadlineMs),
      ended: () => {
        this.#waiters.delete(waiter);
        this.#lackIds -= waiter.lackIds;
      },
    });
    const waiter: Waiter = { wait, taken, lackIds };
    this.#waiters.add(waiter);
    this.#lackIds += lackIds;
    return wait.promise;
  }

  /** Gives out what the buffer has; afterwards either nobody waits or the buffer is empty. */
  serve(buffer: SegmentBuffer): void {
    for (const waiter of this.#waiters) {
      for (const range of buffer.takeMany(waiter.lackIds)) {
        const ids = Number(range.end - range.start) + 1;
        waiter.lackIds -= ids;
        this.#lackIds -= ids;
        appendRange(waiter.taken, range);
      }
      if (waiter.lackIds > 0) return;
      waiter.wait.resolve(waiter.taken);
    }
  }

  rejectAll(error: FrondError): void {
    for (const { wait } of this.#waiters) wait.reject(error);
  }
}
