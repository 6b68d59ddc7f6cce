import type { Prng } from './prng.ts';

interface Entry {
  readonly atMs: number;
  readonly tie: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * True time, and all that is going to happen: one thing at a time, in the order of time. Time has whole milliseconds,
 * so that much falls due together; the seed decides the order among that. After each entry all promise callbacks run
 * to the end before the next one.
 */
export class Agenda {
  readonly #prng: Prng;
  readonly #heap: Entry[] = [];
  #nowMs = 0;
  #order = 0;
  /** Entries that ran. */
  steps = 0;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.#nowMs + delayMs, run);
  }

  at(timeMs: number, run: () => void): void {
    const atMs = Math.max(this.#nowMs, Math.ceil(timeMs));
    this.#push({ atMs, tie: this.#prng.fraction(), order: this.#order++, run });
  }

  /** Runs what falls due up to then; `checked` is asked after each step whether to go on. */
  async runUntil(untilMs: number, checked: () => boolean): Promise<void> {
    await breathe();
    while (this.#heap.length > 0 && this.#heap[0]!.atMs <= untilMs) {
      const entry = this.#pop();
      this.#nowMs = entry.atMs;
      this.steps++;
      entry.run();
      await settle();
      if (!checked()) return;
    }
    this.#nowMs = untilMs;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): Entry {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  return a.tie !== b.tie ? a.tie < b.tie : a.order < b.order;
}

/** Asked for from within a promise callback, Node gives the next tick when no promise callback is left to run. */
function settle(): Promise<void> {
  return new Promise(resolve => process.nextTick(resolve));
}

/** Lets the rest of the real process breathe. */
function breathe(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
