import type { Clock } from '../../system/clock.ts';
import type { Cancel, Timers } from '../../system/timers.ts';

const SAMPLE_MS = 50;
const SAMPLES = 4;

/**
 * How long a request that is ready waits for its turn: the lateness of a timer, which stands in the same queue. What
 * counts is the least of the last samples (as in CoDel, RFC 8289): one long piece of work or a collection of garbage
 * makes one late sample, only a standing queue makes all of them late.
 */
export class LoopDelay {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #lateMs: number[] = Array(SAMPLES).fill(0);
  #taken = 0;
  #cancel: Cancel = () => {};

  constructor({ clock, timers }: { clock: Clock; timers: Timers }) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Milliseconds, 0 or more. */
  get standingMs(): number {
    return Math.min(...this.#lateMs);
  }

  start(): void {
    const dueMs = this.#clock.monotonicMs() + SAMPLE_MS;
    this.#cancel = this.#timers.background(SAMPLE_MS, () => {
      this.#lateMs[this.#taken++ % SAMPLES] = Math.max(0, this.#clock.monotonicMs() - dueMs);
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }
}
