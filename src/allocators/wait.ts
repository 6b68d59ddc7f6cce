import { FrondError } from '../errors.ts';
import type { Cancel, Timers } from '../system/timers.ts';
import type { WaitOptions } from './allocator.ts';

/** The longest delay that a Node timer can keep. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * The deadline of a wait in milliseconds; a longer one than a timer can keep is cut to that (24 days).
 * @throws FrondError INVALID_ARGUMENT for a negative deadline, ABORTED for a signal that is aborted already
 */
export function deadlineOf(options: WaitOptions | undefined, defaultMs: number): number {
  const deadlineMs = options?.deadlineMs ?? defaultMs;
  if (typeof deadlineMs !== 'number' || !(deadlineMs >= 0)) {
    throw new FrondError('INVALID_ARGUMENT', {
      field: 'deadlineMs',
      value: deadlineMs,
      expected: 'a number of milliseconds, 0 or more',
    });
  }
  if (options?.signal?.aborted) throw new FrondError('ABORTED', {}, { cause: options.signal.reason });
  return Math.min(deadlineMs, TIMER_MAX_MS);
}

export interface WaitEnds {
  /** The error of a wait that lasts to its deadline. */
  readonly timedOut: () => FrondError;
  /** Called once, whatever ends the wait. */
  readonly ended?: () => void;
}

/** A promise that somebody else keeps, unless its deadline or its caller's signal ends it first. */
export class Wait<T> {
  readonly promise: Promise<T>;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  readonly #ended: (() => void) | undefined;
  readonly #cancelTimer: Cancel;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;
  #over = false;

  constructor(timers: Timers, deadlineMs: number, signal: AbortSignal | undefined, ends: WaitEnds) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#ended = ends.ended;
    this.#cancelTimer = timers.after(deadlineMs, () => this.reject(ends.timedOut()));
    this.#signal = signal;
    if (signal !== undefined) {
      this.#onAbort = () => this.reject(new FrondError('ABORTED', {}, { cause: signal.reason }));
      signal.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  resolve(value: T): void {
    if (this.#finish()) this.#resolve(value);
  }

  reject(error: unknown): void {
    if (this.#finish()) this.#reject(error);
  }

  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#cancelTimer();
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#ended?.();
    return true;
  }
}
