import { FrondError, toFrondError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import type { RangeStore, StoreHealth, TagChange, TagPatch, TagRecord, TakenRange, TakeTerms } from '../range-store.ts';
import { STRIDE_MAX } from '../range-store.ts';
import { mergedRecord, mergedRecords } from './merged-records.ts';
import type { Primary } from './primary.ts';
import { PrimaryMember } from './primary-member.ts';
import { isSame, type Residue, textOf } from './residue.ts';
import { requireTake } from './take-request.ts';

/**
 * Several databases as one range store, after TinyID: none knows of the others, each gives the IDs of its own residue
 * class, and one that fails is left out. Whichever answers, an ID is given once, since the classes have no ID in common.
 *
 * A range begins above all that this process had of the tag, so that its IDs increase: the row of the primary that is
 * behind is lifted by the take.
 */
export class PrimariesRangeStore implements RangeStore {
  readonly name: string;
  readonly #members: readonly PrimaryMember[];
  /** Ends of the highest ranges of this process, and what it raised tags to. */
  readonly #marks = new Map<string, bigint>();
  #turn = 0;

  /** @param primaries 2 to STRIDE_MAX, not open @throws FrondError INVALID_CONFIG */
  constructor(primaries: readonly Primary[], system: System) {
    const names = primaries.map(each => each.name);
    this.name = names.join(' ');
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    const problem =
      twice === undefined ? `names ${names.length} primaries (at most ${STRIDE_MAX})` : `names ${twice} twice`;
    if (twice !== undefined || names.length > STRIDE_MAX) {
      throw new FrondError('INVALID_CONFIG', { setting: 'FROND_SEGMENT_STORE', problem });
    }
    this.#members = primaries.map(each => new PrimaryMember(each, system, (...args) => this.#judge(...args)));
  }

  /** @throws FrondError STORE_NOT_INITIALISED also when the residues do not fit together */
  async open(): Promise<void> {
    // One after the other, so that of two with the same residue it is always the second that is named.
    for (const member of this.#members) await member.open();
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(member => member.close()));
  }

  /** A primary that fails costs its own deadline; the next one is asked in the same call. */
  async take(tag: string, stepIds: number, terms?: TakeTerms): Promise<TakenRange> {
    requireTake(stepIds, terms);
    const floor = highest(terms?.atLeast ?? 1n, this.#marks.get(tag));
    const errors: FrondError[] = [];
    for (const member of this.#inTurn()) {
      try {
        const { wentBack, ...range } = await member.take(tag, stepIds, floor, terms?.isAboveAll ?? false);
        this.#mark(tag, range.end);
        // Another lift is how primaries keep step, no sign of a row that went back.
        return wentBack ? range : { ...range, foundMaxId: highest(floor, range.foundMaxId) };
      } catch (error) {
        errors.push(toFrondError(error));
      }
    }
    throw this.#gravest(errors);
  }

  async giveBack(tag: string, rest: TakenRange): Promise<boolean> {
    const owner = this.#members.find(({ residue }) => residue !== undefined && isOf(residue, rest));
    return owner === undefined ? false : owner.giveBack(tag, rest);
  }

  async getTag(tag: string): Promise<TagRecord | undefined> {
    const mark = this.#marks.get(tag);
    return mergedRecord(await this.#askAll(primary => primary.getTag(tag)), mark);
  }

  async listTags(): Promise<readonly TagRecord[]> {
    const marks = new Map(this.#marks);
    return mergedRecords(await this.#askAll(primary => primary.listTags()), marks);
  }

  /** Changes the tag in every primary, or says which did not answer; it can be repeated. */
  async putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    const found = await this.#found(tag, change);
    if (change.mustCreate && found.some(record => record !== undefined)) throw new FrondError('TAG_EXISTS', { tag });
    const top = found.reduce((max, record) => highest(max, record?.maxId), this.#marks.get(tag) ?? 1n);
    const results = await this.#tellAll(async (primary, i) => {
      if (found[i] !== undefined || change.maxId !== undefined) return primary.putTag(tag, change);
      // Made here at the height of the others; a retired row that is higher stays where it is.
      return primary.putTag(tag, { ...change, maxId: top }).catch(error => {
        if (toFrondError(error).code === 'TAG_WOULD_REWIND') return primary.putTag(tag, change);
        throw error;
      });
    });
    const records = results.map(result => result.record);
    return { record: this.#changed(tag, change, records)!, created: found.every(each => each === undefined) };
  }

  /** As `putTag`, in the primaries that have the tag. */
  async patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
    await this.#found(tag, patch);
    return this.#changed(tag, patch, await this.#tellAll(primary => primary.patchTag(tag, patch)));
  }

  /** The tag in each primary. @throws FrondError TAG_WOULD_REWIND when one of them is above the change */
  async #found(tag: string, { maxId }: TagPatch): Promise<readonly (TagRecord | undefined)[]> {
    const found = await this.#tellAll(primary => primary.getTag(tag));
    for (const record of found) {
      if (record === undefined || maxId === undefined || maxId >= record.maxId) continue;
      throw new FrondError('TAG_WOULD_REWIND', { tag, maxId, currentMaxId: record.maxId });
    }
    return found;
  }

  #changed(tag: string, { maxId }: TagPatch, records: readonly (TagRecord | undefined)[]): TagRecord | undefined {
    const record = mergedRecord(records, undefined);
    if (record !== undefined && maxId !== undefined) this.#mark(tag, maxId);
    for (const member of this.#members) member.lookSoon();
    return record;
  }

  async retireTag(tag: string): Promise<boolean> {
    const retired = await this.#tellAll(primary => primary.retireTag(tag));
    return retired.includes(true);
  }

  health(): StoreHealth {
    return {
      risks: this.#members.flatMap(
        ({ primary }) => primary.health?.().risks.map(risk => `${primary.name}: ${risk}`) ?? [],
      ),
      primaries: this.#members.map(({ primary, trouble }) => ({ name: primary.name, failure: trouble?.code ?? null })),
    };
  }

  /** Those that are in use, each call beginning with another. */
  #inTurn(): readonly PrimaryMember[] {
    const usable = this.#members.filter(member => member.trouble === undefined);
    const first = usable.length === 0 ? 0 : this.#turn++ % usable.length;
    return [...usable.slice(first), ...usable.slice(0, first)];
  }

  #mark(tag: string, end: bigint): void {
    this.#marks.set(tag, highest(end, this.#marks.get(tag)));
  }

  /** The answers of those in use, of one at least. */
  async #askAll<T>(work: (primary: Primary) => Promise<T>): Promise<readonly T[]> {
    const outcomes = await Promise.allSettled(this.#inTurn().map(member => member.call(() => work(member.primary))));
    const answers = outcomes.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
    if (answers.length > 0) return answers;
    throw this.#gravest(outcomes.flatMap(each => (each.status === 'rejected' ? [toFrondError(each.reason)] : [])));
  }

  /** The answers of all. @throws FrondError STORE_UNAVAILABLE when one is missing; the others may have done it */
  async #tellAll<T>(work: (primary: Primary, index: number) => Promise<T>): Promise<readonly T[]> {
    const stranger = this.#members.find(({ trouble }) => trouble?.code === 'STORE_NOT_INITIALISED');
    if (stranger !== undefined) throw stranger.trouble;
    const outcomes = await Promise.allSettled(this.#members.map((each, i) => each.call(() => work(each.primary, i))));
    return outcomes.map((outcome, i) => {
      if (outcome.status === 'fulfilled') return outcome.value;
      const error = toFrondError(outcome.reason);
      if (error.code !== 'STORE_UNAVAILABLE') throw error;
      const store = this.#members[i]!.primary.name;
      const reason = `tags are changed in all primaries or in none for good; repeat the change when it answers (${error.message})`;
      throw new FrondError('STORE_UNAVAILABLE', { store, reason }, { cause: error });
    });
  }

  /** What a caller is told when no primary gave an answer. */
  #gravest(errors: readonly FrondError[]): FrondError {
    const out = this.#members.flatMap(({ trouble }) => (trouble === undefined ? [] : [trouble]));
    const all = [...errors, ...out];
    return (
      all.find(({ code }) => code === 'UNKNOWN_TAG' || code === 'RANGE_EXHAUSTED') ??
      all.find(({ retryable }) => retryable) ??
      all[0] ??
      new FrondError('STORE_UNAVAILABLE', { store: this.name, reason: 'it is not open' })
    );
  }

  #judge(member: PrimaryMember, residue: Residue | undefined): string | undefined {
    if (residue === undefined)
      return 'the table frond_residue is missing, empty or not to be read: it was not made one of several primaries';
    const says = `frond_residue says ${textOf(residue)}`;
    const { delta, remainder } = residue;
    if (delta !== this.#members.length) return `${says}, but ${this.#members.length} primaries are configured`;
    if (remainder < 0 || remainder >= delta) return `${says}, which is no residue class`;
    if (member.residue !== undefined && !isSame(member.residue, residue)) {
      return `${says}, but said ${textOf(member.residue)} when this process began to use it`;
    }
    const other = this.#members.find(each => each !== member && each.residue?.remainder === remainder);
    return other && `${says}, as that of ${other.primary.name} does`;
  }
}

function isOf({ delta, remainder }: Residue, { start, stride }: TakenRange): boolean {
  return stride === BigInt(delta) && start % stride === BigInt(remainder);
}

function highest(first: bigint, second: bigint | undefined): bigint {
  return second !== undefined && second > first ? second : first;
}
