import type { System } from '../../system/system.ts';
import { sleep } from '../../system/timers.ts';

/** Calls between two looks of the event loop at timers and sockets. */
const CALLS_A_LOOK = 32;

/**
 * How long a stop goes on asking the store. A store in the same process answers in microtasks, which no timer comes in
 * between: so the clock is looked at before each call, and timers and sockets get their turn every few dozen calls. The
 * timer for that begins that many calls ahead, so that it has long rung where the calls themselves wait for a server.
 */
export class StopTurns {
  /** Resolves at the limit, however long a call hangs, or after `end`. */
  readonly limit: Promise<void>;
  readonly #system: System;
  readonly #endMs: number;
  readonly #ended = new AbortController();
  #calls = 0;
  #look: Promise<void>;
  /** What the next call waits for. */
  #due: Promise<void> | undefined;

  constructor(system: System, limitMs: number) {
    this.#system = system;
    this.#endMs = system.clock.monotonicMs() + limitMs;
    this.limit = this.#rung(limitMs);
    this.#look = this.#rung(0);
  }

  /** True when no call may begin any more. */
  get isOver(): boolean {
    return this.#ended.signal.aborted || this.#system.clock.monotonicMs() >= this.#endMs;
  }

  /** To be awaited before each call, and `isOver` to be looked at afterwards. */
  next(): Promise<void> | undefined {
    if (++this.#calls % CALLS_A_LOOK === 0) {
      this.#due = this.#look.then(() => {
        this.#look = this.#rung(0);
      });
    }
    return this.#due;
  }

  /** No call may begin any more, and no timer remains. */
  end(): void {
    this.#ended.abort();
  }

  #rung(delayMs: number): Promise<void> {
    return sleep(this.#system.timers, delayMs, this.#ended.signal).catch(() => {});
  }
}
