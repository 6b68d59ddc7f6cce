import type { Agenda } from '../agenda.ts';

/** How often a pipe that is blocked looks whether it still is; ms. */
const LOOK_AGAIN_MS = 500;

/** One direction of a TCP connection: everything comes in order, late, or never. */
export class Pipe<Message> {
  readonly #agenda: Agenda;
  readonly #blockedUntilMs: () => number;
  readonly #arrive: (message: Message) => void;
  readonly #queue: { readonly message: Message; readonly dueMs: number }[] = [];
  #pumping = false;

  /** @param blockedUntilMs until when nothing arrives, true time; infinite: never again */
  constructor(agenda: Agenda, blockedUntilMs: () => number, arrive: (message: Message) => void) {
    this.#agenda = agenda;
    this.#blockedUntilMs = blockedUntilMs;
    this.#arrive = arrive;
  }

  send(message: Message, delayMs: number): void {
    this.#queue.push({ message, dueMs: this.#agenda.nowMs + delayMs });
    this.#pump();
  }

  #pump(): void {
    const head = this.#queue[0];
    if (this.#pumping || head === undefined) return;
    this.#pumping = true;
    this.#agenda.at(head.dueMs, () => this.#deliver());
  }

  #deliver(): void {
    const waitMs = this.#blockedUntilMs() - this.#agenda.nowMs;
    if (waitMs > 0) {
      if (waitMs === Number.POSITIVE_INFINITY) this.#queue.length = 0;
      else {
        this.#agenda.after(Math.min(waitMs, LOOK_AGAIN_MS), () => this.#deliver());
        return;
      }
    }
    this.#pumping = false;
    const head = this.#queue.shift();
    if (head !== undefined) this.#arrive(head.message);
    this.#pump();
  }
}
