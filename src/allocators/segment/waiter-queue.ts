import type { FrondError } from '../../errors.ts';
import type { Timers } from '../../system/timers.ts';
import type { IdRange } from '../allocator.ts';
import { appendRange, countOf } from '../id-ranges.ts';
import { Wait } from '../wait.ts';
import type { SegmentBuffer } from './segment-buffer.ts';

interface Waiter {
  readonly wait: Wait<readonly IdRange[]>;
  readonly taken: IdRange[];
  readonly hasStandIn: boolean;
  lackIds: number;
}

interface WaitTerms {
  readonly deadlineMs: number;
  readonly hasStandIn: boolean;
  readonly signal: AbortSignal | undefined;
  /** The error of a wait that lasts to its deadline. */
  readonly timedOut: () => FrondError;
}

/** Callers that wait for IDs of one tag, first come, first served; the head keeps what it got so far. */
export class WaiterQueue {
  readonly #timers: Timers;
  /** Only while somebody waits: of ten thousand tags hardly any has one. */
  #waiters: Set<Waiter> | undefined;
  #lackIds = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get size(): number {
    return this.#waiters?.size ?? 0;
  }

  /** IDs that all waiters together still lack. */
  get lackIds(): number {
    return this.#lackIds;
  }

  /** Waits for `lackIds` more IDs than those `taken` already. */
  join(lackIds: number, taken: IdRange[], terms: WaitTerms): Promise<readonly IdRange[]> {
    const { deadlineMs, hasStandIn, signal, timedOut } = terms;
    this.#waiters ??= new Set();
    const waiters = this.#waiters;
    const wait = new Wait<readonly IdRange[]>(this.#timers, deadlineMs, signal, {
      timedOut,
      ended: () => {
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiters = undefined;
        this.#lackIds -= waiter.lackIds;
      },
    });
    const waiter: Waiter = { wait, taken, hasStandIn, lackIds };
    waiters.add(waiter);
    this.#lackIds += lackIds;
    return wait.promise;
  }

  /** Gives out what the buffer has; afterwards either nobody waits or the buffer is empty. */
  serve(buffer: SegmentBuffer): void {
    for (const waiter of this.#waiters ?? []) {
      for (const range of buffer.takeMany(waiter.lackIds)) {
        const ids = Number(countOf([range]));
        waiter.lackIds -= ids;
        this.#lackIds -= ids;
        appendRange(waiter.taken, range);
      }
      if (waiter.lackIds > 0) return;
      waiter.wait.resolve(waiter.taken);
    }
  }

  /** Rejects those whom another source answers instead. */
  rejectStandIns(error: FrondError): void {
    for (const { wait, hasStandIn } of this.#waiters ?? []) if (hasStandIn) wait.reject(error);
  }

  rejectAll(error: FrondError): void {
    for (const { wait } of this.#waiters ?? []) wait.reject(error);
  }
}
