import { FrondError } from '../../errors.ts';
import { type BackoffPolicy, backoffMs } from '../../system/backoff.ts';
import type { System } from '../../system/system.ts';
import type { Cancel } from '../../system/timers.ts';

/** Between tries while the store does not answer. */
const FAILED: BackoffPolicy = { firstMs: 100, maxMs: 800 };
/** Between questions to a store that said no; only asked when somebody wants an answer. */
const REFUSED: BackoffPolicy = { firstMs: 100, maxMs: 5000 };

/**
 * Decides when a store may be asked again, and what callers are told until then.
 *
 * - open: ask now.
 * - failed: the store did not answer. A timer opens the gate; who waits goes on waiting.
 * - refused: the store said no. The gate opens by the passing of time alone, and callers are told the refusal at once.
 */
export class RetryGate {
  readonly #system: System;
  #failures = 0;
  #error: FrondError | undefined;
  #refused = false;
  #nextTryMs = 0;
  #cancelTimer: Cancel | undefined;

  constructor(system: System) {
    this.#system = system;
  }

  get isOpen(): boolean {
    return this.#cancelTimer === undefined && (!this.#refused || this.#waitMs() <= 0);
  }

  /** The latest failure or refusal; undefined after a success. */
  get error(): FrondError | undefined {
    return this.#error;
  }

  /** What a caller is told who may not ask now; undefined when it may ask or wait. */
  get refusal(): FrondError | undefined {
    return this.#refused && !this.isOpen ? this.dated() : undefined;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** The latest failure as it is told now, with the time until the next try. */
  dated(): FrondError | undefined {
    return this.#error && this.date(this.#error);
  }

  /** A failure that is known from elsewhere, with the time until the next try here. */
  date(error: FrondError): FrondError {
    return new FrondError(error.code, error.details, { cause: error, retryAfterMs: this.retryAfterMs });
  }

  /** Milliseconds until the next try, 1 or more; while one is under way, the pause that would follow it. */
  get retryAfterMs(): number {
    const waitMs = this.#waitMs();
    if (waitMs > 0) return Math.ceil(waitMs);
    return Math.min(FAILED.maxMs, FAILED.firstMs * 2 ** Math.min(this.#failures, 30));
  }

  /** @param onOpen called when the pause is over */
  failed(error: FrondError, onOpen: () => void): void {
    const pauseMs = this.#note(error, FAILED);
    this.#refused = false;
    this.#cancelTimer = this.#system.timers.background(pauseMs, () => {
      this.#cancelTimer = undefined;
      onOpen();
    });
  }

  refused(error: FrondError): void {
    this.#note(error, error.retryable ? FAILED : REFUSED);
    this.#refused = true;
  }

  /** Forgets all failures and opens the gate. */
  reset(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#refused = false;
    this.#failures = 0;
    this.#error = undefined;
    this.#nextTryMs = 0;
  }

  #note(error: FrondError, policy: BackoffPolicy): number {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#failures++;
    this.#error = error;
    const pauseMs = backoffMs(policy, this.#failures, this.#system.random);
    this.#nextTryMs = this.#system.clock.monotonicMs() + pauseMs;
    return pauseMs;
  }

  #waitMs(): number {
    return this.#nextTryMs - this.#system.clock.monotonicMs();
  }
}
