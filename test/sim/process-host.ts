import type { Logger } from '../../src/system/logger.ts';
import type { System } from '../../src/system/system.ts';
import type { Agenda } from './agenda.ts';
import type { Machine } from './machine.ts';
import type { Prng } from './prng.ts';

/** A process on its machine: it can be stopped for a while or ended, and nothing in it runs then. */
export class ProcessHost {
  readonly system: System;
  readonly #machine: Machine;
  readonly #agenda: Agenda;
  #isAlive = true;
  #pausedUntilMs = 0;

  constructor(machine: Machine, agenda: Agenda, prng: Prng, logger: Logger) {
    this.#machine = machine;
    this.#agenda = agenda;
    const after = (delayMs: number, callback: () => void) => this.#timer(delayMs, callback);
    this.system = {
      clock: { wallMs: () => machine.wallMs(), monotonicMs: () => machine.monotonicMs() },
      timers: { after, background: after },
      random: {
        fraction: () => prng.fraction(),
        token: () => prng.int(0, 2 ** 32 - 1).toString(16),
        fill: target => target.fill(0),
      },
      logger,
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  die(): void {
    this.#isAlive = false;
  }

  /** Stops all of it for a while, as SIGSTOP or a blocked event loop does. */
  pause(forMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#agenda.nowMs + forMs);
  }

  resume(): void {
    this.#pausedUntilMs = 0;
  }

  deliver(run: () => void): void {
    if (!this.#isAlive) return;
    const leftMs = Math.max(this.#pausedUntilMs, this.#machine.wakesAtMs) - this.#agenda.nowMs;
    // Looks again now and then: the pause may be ended early.
    if (leftMs > 0) this.#agenda.after(Math.min(leftMs, 500), () => this.deliver(run));
    else run();
  }

  /** Due by the monotonic clock, which may stand still meanwhile. */
  #timer(delayMs: number, callback: () => void): () => void {
    const dueMs = this.#machine.monotonicMs() + Math.max(1, delayMs);
    let isCancelled = false;
    const fire = () =>
      this.deliver(() => {
        if (isCancelled) return;
        const leftMs = dueMs - this.#machine.monotonicMs();
        if (leftMs > 0) this.#agenda.after(leftMs, fire);
        else callback();
      });
    this.#agenda.after(Math.max(1, delayMs), fire);
    return () => {
      isCancelled = true;
    };
  }
}
