import type { System } from '../../system/system.ts';
import type { Cancel } from '../../system/timers.ts';

/** While the store gives no answer, it is asked again when it has not been asked for so long. */
const SILENT_MS = 5000;

/** When the list of tags is due: every so often, and sooner while nothing else asks a store that gave no answer. */
export class RefreshTimer {
  readonly #system: System;
  readonly #everyMs: number;
  readonly #onDue: () => void;
  #dueMs = 0;
  #cancel: Cancel | undefined;

  /** @param everyMs milliseconds, 1 or more */
  constructor(system: System, everyMs: number, onDue: () => void) {
    this.#system = system;
    this.#everyMs = everyMs;
    this.#onDue = onDue;
  }

  /** The list was asked for. @param isSilent true when no answer came, to this question or to a later one */
  begin(isSilent: boolean): void {
    this.#dueMs = this.#system.clock.monotonicMs() + this.#everyMs;
    this.#arm(isSilent ? SILENT_MS : this.#everyMs);
  }

  /** Some question got no answer. While the list is being asked for, that one tells. */
  silent(): void {
    if (this.#cancel !== undefined) this.#arm(SILENT_MS);
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(delayMs: number): void {
    this.end();
    const untilDueMs = Math.max(0, this.#dueMs - this.#system.clock.monotonicMs());
    this.#cancel = this.#system.timers.background(Math.min(delayMs, untilDueMs), () => {
      this.#cancel = undefined;
      this.#onDue();
    });
  }
}
