import { FrondError, toFrondError } from '../../errors.ts';
import { type BackoffPolicy, backoffMs } from '../../system/backoff.ts';
import type { System } from '../../system/system.ts';
import { sleep } from '../../system/timers.ts';
import type { CeilingRegister } from '../ceiling-register.ts';
import type {
  CeilingHealth,
  RangeStore,
  StoreHealth,
  TagChange,
  TagPatch,
  TagRecord,
  TakenRange,
  TakeTerms,
} from '../range-store.ts';
import { CeilingCalls, RegisterFailed } from './ceiling-calls.ts';
import { CeilingLook } from './ceiling-look.ts';
import { CeilingWatch } from './ceiling-watch.ts';

export interface CeilingRangeStoreParts {
  readonly store: RangeStore;
  readonly register: CeilingRegister;
  /** While the register fails: `required` gives no ranges, `preferred` gives them without it. */
  readonly policy: CeilingHealth['policy'];
  readonly system: System;
}

/** Tries of one change of a ceiling, against other processes that change it at the same time. */
const TRIES = 8;
const PAUSE: BackoffPolicy = { firstMs: 10, maxMs: 200 };

/**
 * Ranges of another store under a ceiling that is kept elsewhere. A range is given only after its tag's ceiling was
 * raised from a value at or below the range's start to the range's end, in one compare-and-set. The ranges given form a
 * chain in the register, whatever the store does: it may go back to an older state, or be several that know nothing of
 * each other. A row that is found below its ceiling is lifted.
 *
 * A change of the ceiling whose outcome is unknown costs the range. Nothing is retried then; the caller runs anew.
 */
export class CeilingRangeStore implements RangeStore {
  readonly name: string;
  readonly #store: RangeStore;
  readonly #register: CeilingRegister;
  readonly #calls: CeilingCalls;
  readonly #policy: CeilingHealth['policy'];
  readonly #system: System;
  readonly #watch: CeilingWatch;
  readonly #look: CeilingLook;
  /** By tag, the latest ranges in a row that this process raised the ceiling for: only these may lower it again. */
  readonly #raised = new Map<string, { readonly start: bigint; readonly end: bigint }>();
  #catchingUp = false;

  constructor({ store, register, policy, system }: CeilingRangeStoreParts) {
    this.name = store.name;
    this.#store = store;
    this.#register = register;
    this.#calls = new CeilingCalls(register);
    this.#policy = policy;
    this.#system = system;
    this.#watch = new CeilingWatch(policy, register.name, system.logger);
    this.#look = new CeilingLook(register, this.#watch, system.timers);
  }

  /** A register that cannot be reached now is not an error of `open`. */
  async open(): Promise<void> {
    const opened = this.#register.open().catch((error: unknown) => {
      const told = toFrondError(error);
      if (told.code !== 'CEILING_UNAVAILABLE') throw told;
      this.#watch.failed(told, 'look');
    });
    await Promise.all([this.#store.open(), opened]);
  }

  async close(): Promise<void> {
    this.#look.end();
    await Promise.all([this.#store.close(), this.#register.close()]);
  }

  /** @throws FrondError also CEILING_UNAVAILABLE, after which a range may be lost */
  async take(tag: string, stepIds: number, terms?: TakeTerms): Promise<TakenRange> {
    const atLeast = terms?.atLeast ?? 0n;
    try {
      const range = await this.#takeUnderCeiling(tag, stepIds, atLeast);
      this.#watch.covered(tag, range.end);
      this.#noteRaised(tag, range);
      this.#catchUp();
      return range;
    } catch (error) {
      if (!(error instanceof RegisterFailed)) throw error;
      this.#watch.failed(error.told);
      if (this.#policy === 'required') throw error.told;
      const floor = highest(atLeast, this.#watch.markOf(tag));
      const range = await this.#takeAbove(tag, stepIds, floor);
      this.#watch.took(tag, range, floor);
      this.#watch.degraded(tag, range.end);
      return range;
    }
  }

  /** The ceiling is raised with maxId; a row that was raised while that failed stays so, and the call can be repeated. */
  async putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    const result = await this.#store.putTag(tag, change);
    await this.#coverRaise(tag, change.maxId);
    return result;
  }

  async patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
    const record = await this.#store.patchTag(tag, patch);
    if (record !== undefined) await this.#coverRaise(tag, patch.maxId);
    return record;
  }

  async getTag(tag: string): Promise<TagRecord | undefined> {
    const before = this.#watch.markOf(tag);
    const record = await this.#store.getTag(tag);
    return record && this.#watch.corrected(record, before);
  }

  /** Looks at the register as well, and does not wait for its answer: so an outage is known before a range is needed. */
  async listTags(): Promise<readonly TagRecord[]> {
    this.#catchUp();
    this.#look.begin();
    const before = this.#watch.marks();
    const records = await this.#store.listTags();
    return records.map(record => this.#watch.corrected(record, before.get(record.tag)));
  }

  retireTag(tag: string): Promise<boolean> {
    return this.#store.retireTag(tag);
  }

  health(): StoreHealth {
    return { risks: [], ...this.#store.health?.(), ceiling: this.#watch.health() };
  }

  async #takeUnderCeiling(tag: string, stepIds: number, atLeast: bigint): Promise<TakenRange> {
    let range: TakenRange | undefined;
    // The lowest since the range was taken: with IDs that are given back the ceiling comes down, and their row after it.
    let floor = 0n;
    try {
      for (let tries = 1; ; tries++) {
        const ceiling = await this.#calls.read(tag);
        const now = highest(atLeast, ceiling?.value, this.#watch.markOf(tag));
        if (range === undefined || now < floor) floor = now;
        // Another process has gone past it: who has what is below the ceiling is not known here.
        if (range !== undefined && range.start < now) {
          this.#watch.discarded(tag, range, floor);
          range = undefined;
          floor = now;
        }
        range ??= await this.#takeAbove(tag, stepIds, floor, ceiling !== undefined);
        if (await this.#calls.write(tag, range.end, ceiling)) break;
        await this.#giveWay(tries);
      }
    } catch (error) {
      if (range !== undefined) this.#watch.discarded(tag, range, floor);
      throw error;
    }
    this.#watch.took(tag, range, floor);
    return range;
  }

  #noteRaised(tag: string, { start, end, foundMaxId = start }: TakenRange): void {
    const before = this.#raised.get(tag);
    this.#raised.set(tag, { start: before?.end === foundMaxId ? before.start : start, end });
  }

  /** @param floor 0 for none @param isAboveAll see `TakeTerms` */
  async #takeAbove(tag: string, stepIds: number, floor: bigint, isAboveAll = false): Promise<TakenRange> {
    const range = await this.#store.take(tag, stepIds, floor === 0n ? undefined : { atLeast: floor, isAboveAll });
    if (range.start < floor) {
      const reason = `the store gave IDs from ${range.start}, but ${floor} was the least`;
      throw new FrondError('INTERNAL', { reason });
    }
    return range;
  }

  /**
   * Lowers the ceiling first: a row that is lower than its ceiling has gone back, and is lifted. A ceiling at the end of
   * a range that was given without it is another process's, which had the same IDs of a database that went back.
   */
  async giveBack(tag: string, rest: TakenRange): Promise<boolean> {
    const raised = this.#raised.get(tag);
    if (raised === undefined || raised.end !== rest.end || rest.start < raised.start) return false;
    this.#raised.delete(tag);
    try {
      const ceiling = await this.#calls.read(tag);
      if (ceiling?.value !== rest.end || !(await this.#calls.write(tag, rest.start, ceiling))) return false;
    } catch (error) {
      throw error instanceof RegisterFailed ? error.told : error;
    }
    this.#watch.gaveBack(tag, rest);
    return this.#store.giveBack(tag, rest);
  }

  /** Raises the ceiling after the row. @throws FrondError CEILING_UNAVAILABLE where it is required */
  async #coverRaise(tag: string, maxId: bigint | undefined): Promise<void> {
    if (maxId === undefined) return;
    this.#watch.uncovered(tag, maxId);
    try {
      await this.#cover(tag);
    } catch (error) {
      if (!(error instanceof RegisterFailed)) throw error;
      this.#watch.failed(error.told);
      if (this.#policy === 'required') throw error.told;
    }
  }

  /** Raises the ceiling to all that this process knows to be given. */
  async #cover(tag: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      const ceiling = await this.#calls.read(tag);
      const mark = this.#watch.markOf(tag) ?? 0n;
      if (mark <= (ceiling?.value ?? 0n) || (await this.#calls.write(tag, mark, ceiling))) {
        return this.#watch.covered(tag, mark);
      }
      await this.#giveWay(tries);
    }
  }

  /** In the background, when there is something to do: ceilings of ranges that were given without them. */
  #catchUp(): void {
    if (this.#catchingUp || !this.#watch.isBehind) return;
    this.#catchingUp = true;
    const coverAll = async () => {
      for (const tag of this.#watch.behind()) await this.#cover(tag);
    };
    coverAll()
      .catch((error: unknown) => {
        if (error instanceof RegisterFailed) this.#watch.failed(error.told);
      })
      .finally(() => {
        this.#catchingUp = false;
      });
  }

  /** After another process was faster. @throws FrondError CEILING_UNAVAILABLE when it always is */
  async #giveWay(tries: number): Promise<void> {
    this.#watch.retried();
    if (tries >= TRIES) {
      const reason = `other processes were faster ${TRIES} times`;
      throw new FrondError('CEILING_UNAVAILABLE', { store: this.#register.name, reason });
    }
    await sleep(this.#system.timers, backoffMs(PAUSE, tries, this.#system.random));
  }
}

function highest(...values: readonly (bigint | undefined)[]): bigint {
  return values.reduce<bigint>((max, each) => (each !== undefined && each > max ? each : max), 0n);
}
