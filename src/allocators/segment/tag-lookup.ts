import { FrondError, toFrondError } from '../../errors.ts';
import type { RangeStore, TagRecord } from '../../stores/range-store.ts';
import type { System } from '../../system/system.ts';
import type { WaitOptions } from '../allocator.ts';
import { Wait } from '../wait.ts';
import { RetryGate } from './retry-gate.ts';
import type { StoreCircuit } from './store-circuit.ts';

/** How long "there is no such tag" is believed; a tag made by another instance is found after that. */
const ABSENT_MS = 1000;
/** How many absent tags are remembered: more than that, and the oldest is forgotten. */
const ABSENT_MAX = 1024;
/** Questions to the store at a time: a flood of made-up names must leave connections to the tags that exist. */
const ASKING_MAX = 2;

/**
 * Asks the store about tags that this process does not know. One question at a time per tag, two in all; answers of "no" are
 * remembered for a second; while the store fails, nobody asks. Its memory is bounded whatever names callers make up.
 */
export class TagLookup {
  readonly #store: Pick<RangeStore, 'getTag'>;
  readonly #system: System;
  readonly #maxWaiters: number;
  readonly #contact: Pick<StoreCircuit, 'heard' | 'silence'>;
  readonly #gate: RetryGate;
  readonly #flights = new Map<string, Promise<TagRecord>>();
  readonly #waits = new Set<Wait<TagRecord>>();
  /** Tag → monotonic time until which it is taken to be absent; oldest first. */
  readonly #absent = new Map<string, number>();
  /** Questions that wait for their turn, first come, first served. */
  readonly #queue: (() => void)[] = [];
  #asking = 0;
  #ended: FrondError | undefined;

  /**
   * @param maxWaiters callers, and questions, at a time
   * @param contact what all questions to the store together say of it
   */
  constructor(
    store: Pick<RangeStore, 'getTag'>,
    system: System,
    maxWaiters: number,
    contact: Pick<StoreCircuit, 'heard' | 'silence'>,
  ) {
    this.#store = store;
    this.#system = system;
    this.#maxWaiters = maxWaiters;
    this.#contact = contact;
    this.#gate = new RetryGate(system);
  }

  /** Resolves when no question is under way. */
  get idle(): Promise<unknown> {
    return Promise.allSettled(this.#flights.values());
  }

  /** @throws FrondError UNKNOWN_TAG, TOO_MANY_WAITERS, DEADLINE_EXCEEDED, ABORTED, STORE_* */
  async find(tag: string, deadlineMs: number, options: WaitOptions | undefined): Promise<TagRecord> {
    const absentUntilMs = this.#absent.get(tag);
    if (absentUntilMs !== undefined && this.#system.clock.monotonicMs() < absentUntilMs) {
      throw new FrondError('UNKNOWN_TAG', { tag });
    }
    const flight = this.#flights.get(tag) ?? this.#ask(tag);
    if (this.#waits.size >= this.#maxWaiters) throw this.#tooMany();
    const away = options?.hasStandIn ? this.#contact.silence : undefined;
    if (away !== undefined) throw this.#gate.date(away);
    if (deadlineMs <= 0) throw this.#timedOut(tag, 0);
    const wait = new Wait<TagRecord>(this.#system.timers, deadlineMs, options?.signal, {
      timedOut: () => this.#timedOut(tag, deadlineMs),
      ended: () => this.#waits.delete(wait),
    });
    this.#waits.add(wait);
    flight.then(
      record => wait.resolve(record),
      error => wait.reject(error),
    );
    return wait.promise;
  }

  /** Rejects who waits, and asks nothing more. */
  end(error: FrondError): void {
    this.#ended = error;
    for (const wait of this.#waits) wait.reject(error);
  }

  #ask(tag: string): Promise<TagRecord> {
    const { refusal } = this.#gate;
    if (refusal !== undefined) throw refusal;
    if (this.#flights.size >= this.#maxWaiters) throw this.#tooMany();
    const flight = this.#inTurn(tag).finally(() => this.#flights.delete(tag));
    // Its callers may all have given up by the time it fails.
    flight.catch(() => {});
    this.#flights.set(tag, flight);
    return flight;
  }

  async #inTurn(tag: string): Promise<TagRecord> {
    if (this.#asking < ASKING_MAX) this.#asking++;
    else await new Promise<void>(turn => this.#queue.push(turn));
    try {
      const refusal = this.#ended ?? this.#gate.refusal;
      if (refusal !== undefined) throw refusal;
      return await this.#getTag(tag);
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#asking--;
      else next();
    }
  }

  async #getTag(tag: string): Promise<TagRecord> {
    let record: TagRecord | undefined;
    try {
      record = await this.#store.getTag(tag);
    } catch (cause) {
      const error = toFrondError(cause);
      this.#contact.heard(error.retryable ? error : undefined);
      this.#gate.refused(error);
      throw this.#gate.dated();
    }
    this.#contact.heard(undefined);
    this.#gate.reset();
    // A database may compare names loosely; another spelling is another tag all the same.
    if (record?.tag === tag) return record;
    this.#rememberAbsent(tag);
    throw new FrondError('UNKNOWN_TAG', { tag });
  }

  #rememberAbsent(tag: string): void {
    this.#absent.delete(tag);
    const oldest = this.#absent.keys().next();
    if (this.#absent.size >= ABSENT_MAX && !oldest.done) this.#absent.delete(oldest.value);
    this.#absent.set(tag, this.#system.clock.monotonicMs() + ABSENT_MS);
  }

  #tooMany(): FrondError {
    const limit = this.#maxWaiters;
    const { retryAfterMs } = this.#gate;
    return new FrondError('TOO_MANY_WAITERS', { what: 'unknown tags to be looked up', limit }, { retryAfterMs });
  }

  #timedOut(tag: string, deadlineMs: number): FrondError {
    const what = `The store did not say whether tag ${JSON.stringify(tag)} exists`;
    const { retryAfterMs } = this.#gate;
    return this.#gate.dated() ?? new FrondError('DEADLINE_EXCEEDED', { what, deadlineMs }, { retryAfterMs });
  }
}
