import { FrondError } from '../../errors.ts';
import type { KeeperContext } from './keeper-context.ts';
import type { RetryGate } from './retry-gate.ts';

/** What callers are told who get no range of a tag. */
export class RangeRefusals {
  readonly #context: Pick<KeeperContext, 'circuit' | 'options'>;
  readonly #tag: string;
  readonly #gate: RetryGate;

  /** @param gate that of the tag */
  constructor(context: Pick<KeeperContext, 'circuit' | 'options'>, tag: string, gate: RetryGate) {
    this.#context = context;
    this.#tag = tag;
    this.#gate = gate;
  }

  /**
   * Why no range comes; while the store is away for all tags, its next try counts and not that of this one.
   * @param isTrying false when this tag needed no range since it last failed: the store may be back
   */
  outage(isTrying = true): FrondError | undefined {
    return this.#context.circuit.dated() ?? (isTrying ? this.#gate.dated() : undefined);
  }

  /** What keeps ranges from coming now, as far as is known, for a caller whom another source answers instead. */
  away(): FrondError | undefined {
    const { circuit } = this.#context;
    const known = circuit.dated() ?? (this.#gate.isOpen ? undefined : this.#gate.dated());
    return known ?? (circuit.silence && this.#gate.date(circuit.silence));
  }

  timedOut(deadlineMs: number): FrondError {
    const what = `No range of tag ${JSON.stringify(this.#tag)} arrived`;
    const { retryAfterMs } = this.#gate;
    return this.outage() ?? new FrondError('DEADLINE_EXCEEDED', { what, deadlineMs }, { retryAfterMs });
  }

  /** When so many wait already; undefined while there is room. */
  crowd(waiters: number): FrondError | undefined {
    const limit = this.#context.options.maxWaiters;
    if (waiters < limit) return undefined;
    const { retryAfterMs } = this.#gate;
    return new FrondError('TOO_MANY_WAITERS', { what: `tag ${JSON.stringify(this.#tag)}`, limit }, { retryAfterMs });
  }
}
