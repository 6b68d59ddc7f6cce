import type { ErrorCode, FrondError } from '../../errors.ts';
import type { Clock } from '../../system/clock.ts';
import type { System } from '../../system/system.ts';
import { RetryGate } from './retry-gate.ts';

/** What the store answers nothing for. */
export interface StoreFailure {
  readonly code: ErrorCode;
  readonly reason: string;
  /** Since the first of the questions without an answer ended. */
  readonly silentMs: number;
}

/** So many different tags must fail, with no answer to any between them, before the store itself is taken to be away. */
const SUSPECT_TAGS = 2;
/**
 * Questions at a time: enough to keep a pool of connections busy, and few enough that none of them waits out its
 * deadline in the queue of the pool.
 */
const ASKING_MAX = 16;

/**
 * Stands before the range store of an allocator, for all of its tags together.
 *
 * - closed: tags ask as they like, so many at a time; of a thousand that all begin at once the others queue. Its own gate
 *   paces a tag that alone has trouble, such as a row that is locked.
 * - open: two tags in a row had no answer. One of them asks at a time, with a pause after each failure; the others
 *   queue. So the store hears 1.25 to 2.5 questions a second at the most, be it one tag or ten thousand.
 * - half open: an answer came. From now on each answer doubles how many may ask at a time, so that ten thousand tags do
 *   not fall upon a store that has just come back. Who has callers waiting goes first.
 *
 * Whoever was admitted says how it went, once, with `ended`.
 */
export class StoreCircuit {
  readonly #gate: RetryGate;
  readonly #suspects = new Set<string>();
  readonly #urgent = new Set<() => void>();
  readonly #patient = new Set<() => void>();
  #width = ASKING_MAX;
  #underWay = 0;
  #ended = false;
  #silence: { readonly error: FrondError; readonly fromMs: number } | undefined;
  readonly #clock: Clock;
  readonly #onSilence: () => void;

  /** @param onSilence called for each question that got no answer */
  constructor(system: System, onSilence = () => {}) {
    this.#onSilence = onSilence;
    this.#clock = system.clock;
    this.#gate = new RetryGate(system);
  }

  /**
   * The failure that keeps the circuit open, with the time until the next question; undefined while it is not open, and
   * when nobody has asked since the pause: the store may be back.
   */
  dated(): FrondError | undefined {
    return this.#gate.isOpen && this.#underWay === 0 ? undefined : this.#gate.dated();
  }

  /** False from a question that the store gave no answer to until the next one that it answers. */
  get up(): boolean {
    return this.#silence === undefined;
  }

  /** What came instead of an answer to the latest question; undefined while `up`. */
  get silence(): FrondError | undefined {
    return this.#silence?.error;
  }

  /** The same, for people. */
  get failure(): StoreFailure | undefined {
    if (this.#silence === undefined) return undefined;
    const { error, fromMs } = this.#silence;
    return { code: error.code, reason: error.message, silentMs: Math.round(this.#clock.monotonicMs() - fromMs) };
  }

  /**
   * How another question to the store went, such as the one for the list of tags or for a tag.
   * @param failure what came instead of an answer
   */
  heard(failure: FrondError | undefined): void {
    this.#silence =
      failure === undefined
        ? undefined
        : { error: failure, fromMs: this.#silence?.fromMs ?? this.#clock.monotonicMs() };
    if (failure !== undefined) this.#onSilence();
  }

  /**
   * @param retry called when its turn has come, if the answer is false; always the same function of one caller
   * @param urgent true when callers wait
   * @returns true when the store may be asked now
   */
  admit(retry: () => void, urgent: boolean): boolean {
    const room = this.#hasRoom;
    if (room) this.#underWay++;
    if (room || urgent) this.#patient.delete(retry);
    if (room) this.#urgent.delete(retry);
    // Who queues already keeps its place.
    else if (urgent) this.#urgent.add(retry);
    else if (!this.#urgent.has(retry)) this.#patient.add(retry);
    return room;
  }

  /** @param failure what came instead of a range; one that is not retryable is an answer of the store, too */
  ended(tag: string, failure: FrondError | undefined): void {
    this.#underWay--;
    // The ceiling is kept elsewhere.
    if (failure?.code !== 'CEILING_UNAVAILABLE') this.heard(failure?.retryable ? failure : undefined);
    if (failure?.retryable) this.#failed(tag, failure);
    else this.#answered();
  }

  /** Admits nobody who queues now, and holds no timer any more. */
  end(): void {
    this.#ended = true;
    this.#urgent.clear();
    this.#patient.clear();
    this.#gate.reset();
  }

  #answered(): void {
    this.#suspects.clear();
    this.#gate.reset();
    this.#width = Math.min(ASKING_MAX, this.#width * 2);
    this.#admitQueued();
  }

  #failed(tag: string, error: FrondError): void {
    this.#suspects.add(tag);
    const open = this.#width < ASKING_MAX;
    if (open || this.#suspects.size >= SUSPECT_TAGS) {
      this.#width = 1;
      this.#suspects.clear();
      // Of questions that were under way together the first failure sets the pause; the rest must not draw it out.
      if (this.#gate.isOpen && !this.#ended) this.#gate.failed(error, () => this.#admitQueued());
    } else this.#admitQueued();
  }

  get #hasRoom(): boolean {
    return this.#underWay < this.#width && this.#gate.isOpen;
  }

  #admitQueued(): void {
    while (this.#hasRoom) {
      const retry = this.#urgent.values().next().value ?? this.#patient.values().next().value;
      if (retry === undefined) break;
      this.#urgent.delete(retry);
      this.#patient.delete(retry);
      retry();
    }
    const queued = this.#urgent.size + this.#patient.size;
    if (queued === 0 && this.#gate.error === undefined) this.#width = ASKING_MAX;
  }
}
