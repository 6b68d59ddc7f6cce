import { FrondError, toFrondError } from '../../errors.ts';
import { type BackoffPolicy, backoffMs } from '../../system/backoff.ts';
import type { System } from '../../system/system.ts';
import type { Cancel } from '../../system/timers.ts';
import type { TakenRange } from '../range-store.ts';
import type { Primary } from './primary.ts';
import type { Residue } from './residue.ts';

/** Between looks at a primary that is left out. */
const PROBE: BackoffPolicy = { firstMs: 200, maxMs: 5000 };

const LEAVES_OUT: ReadonlySet<string> = new Set([
  'STORE_UNAVAILABLE',
  'STORE_NOT_INITIALISED',
  'STORE_NOT_DURABLE',
  'STORE_DAMAGED',
  'SEGMENT_REWOUND',
]);

/** What is wrong with the residue that a primary says it has; undefined when nothing is. */
export type Judge = (member: PrimaryMember, residue: Residue | undefined) => string | undefined;

/**
 * One primary as this process sees it.
 *
 * - in: it is used. The first failure that a look at it may mend leaves it out.
 * - out: nobody takes from it. It is looked at in the background, and comes back when it answers, its residue is the
 *   one that it was admitted with, and no row is below a range that was had from it.
 */
export class PrimaryMember {
  readonly primary: Primary;
  readonly #system: System;
  readonly #judge: Judge;
  /** Fixed for the life of the process: IDs of another class may be given by another primary. */
  #residue: Residue | undefined;
  #trouble: FrondError | undefined;
  readonly #seenEnds = new Map<string, bigint>();
  readonly #rewound = new Set<string>();
  #failures = 0;
  #cancelProbe: Cancel | undefined;
  #probing: Promise<void> | undefined;
  #closed = false;

  constructor(primary: Primary, system: System, judge: Judge) {
    this.primary = primary;
    this.#system = system;
    this.#judge = judge;
  }

  /** Why it is left out. */
  get trouble(): FrondError | undefined {
    return this.#trouble;
  }

  /** What it was admitted with. */
  get residue(): Residue | undefined {
    return this.#residue;
  }

  /** Admits it, or leaves it out when it does not answer. @throws FrondError what no waiting mends */
  async open(): Promise<void> {
    try {
      await this.primary.open();
      await this.#look();
    } catch (error) {
      const told = this.#note(error);
      if (!told.retryable) throw told;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelProbe?.();
    await this.#probing;
    await this.primary.close();
  }

  /** @param isAboveAll see `TakeTerms`: a row that went back is lifted, and told of, instead of refused */
  async take(
    tag: string,
    stepIds: number,
    atLeast: bigint,
    isAboveAll: boolean,
  ): Promise<TakenRange & { readonly wentBack: boolean }> {
    const residue = this.#residue;
    if (residue === undefined) throw this.#trouble ?? this.#unfit('it was not looked at yet');
    const seenEnd = this.#seenEnds.get(tag) ?? 1n;
    const terms = { residue, seenEnd: isAboveAll ? 1n : seenEnd, atLeast };
    const range = await this.call(() => this.primary.take(tag, stepIds, terms));
    if (range.end > (this.#seenEnds.get(tag) ?? 0n)) this.#seenEnds.set(tag, range.end);
    return { ...range, wentBack: (range.foundMaxId ?? range.start) < seenEnd };
  }

  giveBack(tag: string, rest: TakenRange): Promise<boolean> {
    this.#seenEnds.set(tag, rest.start);
    return this.call(() => this.primary.giveBack(tag, rest));
  }

  /** Leaves the primary out when `work` says so. */
  async call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#note(error);
    }
  }

  /** To be called when a tag was raised: a row that had gone back may be lifted now. */
  lookSoon(): void {
    if (this.#trouble?.code !== 'SEGMENT_REWOUND') return;
    this.#failures = 0;
    this.#probeLater();
  }

  #note(error: unknown): FrondError {
    const told = toFrondError(error);
    if (!LEAVES_OUT.has(told.code)) return told;
    if (told.code === 'SEGMENT_REWOUND') this.#rewound.add((told.details as { tag: string }).tag);
    if (this.#trouble?.code !== told.code) {
      const fields = { store: this.primary.name, code: told.code, reason: told.message };
      this.#system.logger[told.retryable ? 'warn' : 'error'](fields, 'a primary is left out');
    }
    this.#trouble = told;
    if (this.#probing === undefined && this.#cancelProbe === undefined) this.#probeLater();
    return told;
  }

  #probeLater(): void {
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
    if (this.#closed) return;
    this.#failures++;
    this.#cancelProbe = this.#system.timers.background(backoffMs(PROBE, this.#failures, this.#system.random), () => {
      this.#cancelProbe = undefined;
      this.#probing = this.#look()
        .catch(error => void this.#note(error))
        .then(() => {
          this.#probing = undefined;
          if (this.#trouble !== undefined) this.#probeLater();
        });
    });
  }

  /** @throws FrondError why it stays out */
  async #look(): Promise<void> {
    const residue = await this.primary.residue();
    const reason = this.#judge(this, residue);
    if (reason !== undefined) throw this.#unfit(reason);
    for (const tag of this.#rewound) await this.#requirePassed(tag);
    this.#rewound.clear();
    this.#residue = residue;
    this.#failures = 0;
    if (this.#trouble !== undefined) this.#system.logger.info({ store: this.primary.name }, 'a primary is used again');
    this.#trouble = undefined;
  }

  /** A tag that is gone gives nothing; should it come back too low, the take refuses it. */
  async #requirePassed(tag: string): Promise<void> {
    const highWater = this.#seenEnds.get(tag) ?? 0n;
    const maxId = (await this.primary.getTag(tag))?.maxId ?? highWater;
    if (maxId < highWater) throw new FrondError('SEGMENT_REWOUND', { tag, start: maxId, highWater });
  }

  #unfit(reason: string): FrondError {
    return new FrondError('STORE_NOT_INITIALISED', { store: this.primary.name, reason });
  }
}
