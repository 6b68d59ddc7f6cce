import type { Agenda } from './agenda.ts';
import { Places } from './places.ts';

/** Unix ms at the beginning of every world. */
export const T0_MS = 1_790_000_000_000;

/** A host: a wall clock that may say anything, a monotonic clock, and a network card. */
export class Machine {
  readonly name: string;
  /** Its data directory, where the world has such. */
  readonly places = new Places();
  /** Until then nothing can be written to its disk; true time. */
  diskFullUntilMs = 0;
  readonly #agenda: Agenda;
  #wallMs = T0_MS;
  #rate = 1;
  #sinceMs = 0;
  #suspendedMs = 0;
  #wakesAtMs = 0;
  /** Until then its calls to the slot store get lost; true time. */
  cutUntilMs = 0;
  /** What a call gets while it is cut off: an error at once, or nothing. */
  cutIsSilent = false;

  constructor(name: string, agenda: Agenda) {
    this.name = name;
    this.#agenda = agenda;
  }

  wallMs(): number {
    return Math.floor(this.#wallMs + (this.#agenda.nowMs - this.#sinceMs) * this.#rate);
  }

  /** Stands still while the machine is suspended. */
  monotonicMs(): number {
    const { nowMs } = this.#agenda;
    return nowMs - this.#suspendedMs + Math.max(0, this.#wakesAtMs - nowMs);
  }

  /** While it is in the future nothing here runs; true time. */
  get wakesAtMs(): number {
    return this.#wakesAtMs;
  }

  get isCut(): boolean {
    return this.#agenda.nowMs < this.cutUntilMs;
  }

  get isDiskFull(): boolean {
    return this.#agenda.nowMs < this.diskFullUntilMs;
  }

  step(byMs: number): void {
    this.#rebase();
    this.#wallMs += byMs;
  }

  drift(rate: number): void {
    this.#rebase();
    this.#rate = rate;
  }

  suspend(forMs: number): void {
    if (this.#wakesAtMs > this.#agenda.nowMs) return;
    this.#wakesAtMs = this.#agenda.nowMs + Math.ceil(forMs);
    this.#suspendedMs += Math.ceil(forMs);
  }

  /** Awake, reachable, and at the right time from now on, but for `offsetMs`. */
  heal(offsetMs: number): void {
    this.#suspendedMs -= Math.max(0, this.#wakesAtMs - this.#agenda.nowMs);
    this.#wakesAtMs = 0;
    this.#wallMs = T0_MS + this.#agenda.nowMs + offsetMs;
    this.#sinceMs = this.#agenda.nowMs;
    this.#rate = 1;
    this.cutUntilMs = 0;
    this.diskFullUntilMs = 0;
  }

  #rebase(): void {
    const { nowMs } = this.#agenda;
    this.#wallMs += (nowMs - this.#sinceMs) * this.#rate;
    this.#sinceMs = nowMs;
  }
}
