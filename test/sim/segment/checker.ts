import type { IdRange } from '../../../src/allocators/allocator.ts';
import type { TakenRange } from '../../../src/stores/range-store.ts';
import { Ledger, type Tag } from './ledger.ts';

export type SegmentRule =
  | 'duplicate'
  | 'order'
  | 'not its own'
  | 'overlap'
  | 'made up'
  | 'one fetch'
  | 'bounds'
  | 'given back'
  | 'below a raise'
  | 'circuit'
  | 'false alarm'
  | 'liveness'
  | 'crash';

export interface SegmentViolation {
  readonly rule: SegmentRule;
  readonly text: string;
}

/** A range that a process was told of; what it gave back is cut off. */
export interface Held extends IdRange {
  readonly by: string;
  /** Taken while its ceiling could not be kept. */
  readonly isUncovered: boolean;
  /** Exclusive, as those of the store. */
  end: bigint;
}

export interface SegmentCheckerSettings {
  readonly ceiling: 'none' | 'required' | 'preferred';
  /** The databases keep what they acknowledged, or a ceiling makes that unnecessary. */
  readonly isStrict: boolean;
  /** A process can come to see an older state than it saw before. */
  readonly goesBack: boolean;
  /** Whether a database forgot that it gave the ID. */
  readonly forgot: (tag: string, id: bigint) => boolean;
  /** A duplicate that is allowed. */
  readonly excused: () => void;
  /** When given, only these are reported. */
  readonly only?: readonly SegmentRule[] | undefined;
}

const END = 2n ** 63n;

/** Looks from outside at each ID and at each range. Keeps the first violation. */
export class SegmentChecker {
  readonly #settings: SegmentCheckerSettings;
  readonly #ledgers = new Map<string, Ledger>();
  /** Who gave each ID of a tag last. */
  readonly #givenBy = new Map<string, Map<bigint, Held>>();
  /** All ranges of all processes, by tag. */
  readonly #ranges = new Map<string, Held[]>();
  /** Ranges that a database made for a process and told it of. */
  readonly #made = new Set<string>();
  violation: SegmentViolation | undefined;
  /** IDs seen. */
  ids = 0;

  constructor(settings: SegmentCheckerSettings) {
    this.#settings = settings;
  }

  fail(rule: SegmentRule, text: string): void {
    if (this.#settings.only !== undefined && !this.#settings.only.includes(rule)) return;
    this.violation ??= { rule, text };
  }

  ledgerOf(name: string): Ledger {
    const ledger = this.#ledgers.get(name) ?? new Ledger(name);
    this.#ledgers.set(name, ledger);
    return ledger;
  }

  /** Above every ID of the tag that any process was told of. */
  topOf(tag: string): bigint {
    return (this.#ranges.get(tag) ?? []).reduce((max, { end }) => (end > max ? end : max), 1n);
  }

  /** A database has made a range, and its answer is about to arrive. */
  made(ledger: Ledger, tag: string, { start, end }: TakenRange): void {
    this.#made.add(`${ledger.name} ${tag} ${start} ${end}`);
    const book = ledger.tag(tag);
    if (end > book.told) book.told = end;
  }

  /** A process was told of a range of its tag, and may use it. */
  took(ledger: Ledger, tag: string, range: TakenRange, isUncovered: boolean): Held {
    const { start, end, stride: step = 1n } = range;
    const who = `${ledger.name} took [${start}, ${end}) by ${step} of ${tag}`;
    if (start < 1n || end >= END || start >= end) this.fail('bounds', who);
    if (!this.#made.delete(`${ledger.name} ${tag} ${start} ${end}`)) {
      this.fail('made up', `${who}, which no database made in answer to that very call`);
    }
    const held: Held = { start, end, step, by: ledger.name, isUncovered };
    const ranges = this.#ranges.get(tag) ?? [];
    this.#ranges.set(tag, ranges);
    const other = this.#settings.isStrict ? ranges.find(each => overlap(each, held)) : undefined;
    if (other !== undefined) this.fail('overlap', `${who}; ${other.by} has [${other.start}, ${other.end})`);
    ranges.push(held);
    return held;
  }

  /** An ID was given at once, and so after all that were given before. */
  given(ledger: Ledger, tag: string, id: bigint): void {
    const book = ledger.tag(tag);
    if (id <= book.last) this.fail('order', `${ledger.name} gave ${id} of ${tag} after ${book.last}`);
    if (id < book.raisedTo) {
      this.fail('below a raise', `${ledger.name} gave ${id} of ${tag}, which it raised to ${book.raisedTo}`);
    }
    this.#note(ledger, tag, book, id);
  }

  /** IDs came out of a wait, one of several that may have ended at this moment. */
  arrived(ledger: Ledger, tag: string, ids: Iterable<bigint>, step: number): void {
    const book = ledger.tag(tag);
    if (book.step !== step) [book.step, book.floor] = [step, book.last];
    let last = book.floor;
    for (const id of ids) {
      if (id <= last) this.fail('order', `${ledger.name} gave ${id} of ${tag} after ${last}`);
      last = id;
      this.#note(ledger, tag, book, id);
    }
  }

  /** A process is about to give IDs back: they are nobody's from now on. */
  givesBack(ledger: Ledger, tag: string, rest: TakenRange): void {
    this.#parts(ledger, tag, rest, 'gave back');
  }

  /** A process is about to leave IDs, which is the same: once, and perhaps after they did not go back. */
  leaves(ledger: Ledger, tag: string, rest: TakenRange): void {
    const book = ledger.tag(tag);
    const refused = book.refused.find(({ start, end }) => start <= rest.start && rest.end <= end);
    if (refused === undefined) {
      this.#parts(ledger, tag, rest, 'left');
      return;
    }
    const around = [
      { start: refused.start, end: rest.start },
      { start: rest.end, end: refused.end },
    ];
    book.refused = book.refused.filter(each => each !== refused).concat(around.filter(({ start, end }) => start < end));
  }

  #parts(ledger: Ledger, tag: string, rest: TakenRange, how: string): void {
    const { stride = 1n } = rest;
    const book = ledger.tag(tag);
    const who = `${ledger.name} ${how} [${rest.start}, ${rest.end}) of ${tag}`;
    for (let id = rest.start; id < rest.end; id += stride) {
      const giver = this.#givenBy.get(tag)?.get(id)?.by;
      if (giver === ledger.name || (giver !== undefined && !this.#settings.forgot(tag, id))) {
        this.fail('given back', `${who}; ${giver} had given ${id}`);
      }
      if (!book.owned.some(held => holds(held, id))) this.fail('given back', `${who}; ${id} was not its own`);
    }
    for (const held of book.owned) {
      if (held.start >= rest.end || held.end <= rest.start) continue;
      held.end = rest.start > held.start ? rest.start : held.start;
    }
  }

  /** A process says that a database went back. */
  alarmed(name: string, message: string): void {
    if (!this.#settings.goesBack) this.fail('false alarm', `${name}: ${message}`);
  }

  #note(ledger: Ledger, tag: string, book: Tag, id: bigint): void {
    this.ids++;
    if (id > book.last) book.last = id;
    if (id < 1n || id >= END) this.fail('bounds', `${ledger.name} gave ${id} of ${tag}`);
    const held = book.owned.findLast(each => holds(each, id));
    if (held === undefined) this.fail('not its own', `${ledger.name} gave ${id} of ${tag}, of no range that it has`);
    const given = this.#givenBy.get(tag) ?? new Map<bigint, Held>();
    this.#givenBy.set(tag, given);
    const before = given.get(id);
    const mine = held ?? { start: id, end: id + 1n, step: 1n, by: ledger.name, isUncovered: true };
    if (before !== undefined) this.#twice(tag, id, before, mine);
    given.set(id, mine);
  }

  /** Allowed between processes only, of an ID that a database forgot, and without a ceiling over both ranges. */
  #twice(tag: string, id: bigint, before: Held, now: Held): void {
    const { isStrict, ceiling, forgot, excused } = this.#settings;
    const covered = ceiling === 'preferred' && !before.isUncovered && !now.isUncovered;
    if (isStrict || covered || before.by === now.by || !forgot(tag, id)) {
      this.fail('duplicate', `${before.by} and ${now.by} gave ${id} of ${tag}`);
    } else excused();
  }
}

function holds({ start, end, step }: Held, id: bigint): boolean {
  return start <= id && id < end && (id - start) % step === 0n;
}

function overlap(a: Held, b: Held): boolean {
  if (a.start >= a.end || b.start >= b.end) return false;
  if (a.end <= b.start || b.end <= a.start) return false;
  return a.step !== b.step || (a.start - b.start) % a.step === 0n;
}
