import { FrondError } from '../../errors.ts';
import type { Clock } from '../../system/clock.ts';
import type { Timers } from '../../system/timers.ts';

/** A change without an answer blocks further changes for this many timeouts, then its store is taken for hung. */
const ABANDON_TIMEOUTS = 4;

interface Pending {
  readonly sinceMonotonicMs: number;
  readonly settled: Promise<void>;
}

/** Calls to the slot store with a time limit, and at most one change under way (I10). */
export class StoreCalls {
  readonly #storeName: string;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #timeoutMs: number;
  #pending: Pending | undefined;

  constructor(storeName: string, clock: Clock, timers: Timers, timeoutMs: number) {
    this.#storeName = storeName;
    this.#clock = clock;
    this.#timers = timers;
    this.#timeoutMs = timeoutMs;
  }

  /** True while a change may still take effect at any moment. */
  get unanswered(): boolean {
    if (this.#pending === undefined) return false;
    return this.#clock.monotonicMs() - this.#pending.sinceMonotonicMs < ABANDON_TIMEOUTS * this.#timeoutMs;
  }

  /** Resolves when no change is under way, or after one timeout. */
  async settled(): Promise<void> {
    if (this.#pending !== undefined) await this.#within(this.#pending.settled, this.#timeoutMs).catch(() => {});
  }

  /** A call that changes nothing. @throws FrondError SLOT_STORE_UNAVAILABLE after the time limit; what the call throws */
  read<T>(call: () => Promise<T>, timeoutMs = this.#timeoutMs): Promise<T> {
    return this.#within(begin(call), timeoutMs);
  }

  /**
   * A call that changes the store.
   * @param late told the result when it comes after the time limit
   * @throws FrondError SLOT_STORE_UNAVAILABLE (outcome unknown) after the time limit, or when an earlier change is under
   * way (nothing was sent); what the call throws (outcome unknown)
   */
  async change<T>(call: () => Promise<T>, late: (result: T) => void = () => {}): Promise<T> {
    if (this.unanswered) throw this.#unavailable('an earlier change is still without an answer');
    let waiting = true;
    const result = begin(call);
    const settled = result.then(
      value => {
        if (this.#pending === pending) this.#pending = undefined;
        if (!waiting) late(value);
      },
      () => {
        if (this.#pending === pending) this.#pending = undefined;
      },
    );
    const pending: Pending = { sinceMonotonicMs: this.#clock.monotonicMs(), settled };
    this.#pending = pending;
    try {
      return await this.#within(result, this.#timeoutMs);
    } finally {
      waiting = false;
    }
  }

  #within<T>(result: Promise<T>, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#timers.after(timeoutMs, () => reject(this.#unavailable(`no answer within ${timeoutMs} ms`)));
      result.then(resolve, reject).finally(cancel);
    });
  }

  #unavailable(reason: string): FrondError {
    return new FrondError('SLOT_STORE_UNAVAILABLE', { store: this.#storeName, reason });
  }
}

/** Begins a call; what it throws synchronously becomes a rejection. */
async function begin<T>(call: () => Promise<T>): Promise<T> {
  return call();
}
