import type { Ceiling, CeilingRegister } from '../../../src/stores/ceiling-register.ts';
import type { TakenRange } from '../../../src/stores/range-store.ts';
import type { Primary, PrimaryTerms } from '../../../src/stores/ranges/primary.ts';
import type { Residue } from '../../../src/stores/ranges/residue.ts';
import type { Prng } from '../prng.ts';
import { DatabaseLink } from './database-link.ts';
import type { SegmentWishes } from './plan.ts';
import type { Lies } from './surroundings.ts';

/** Invariants of segments that can be switched off, by lying at the ports of the stores. */
export type SegmentAblationName =
  | 'G2 row raised by its own step'
  | 'G3 unknown taken for success'
  | 'G5 check off'
  | 'ceiling without compare-and-set'
  | 'ceiling no floor'
  | 'give-back without compare-and-set'
  | 'give-back while minting'
  | 'leftover not deleted'
  | 'leftover of a former server'
  | 'leftover while minting'
  | 'residue not checked';

/** The row is raised by the step column, and the range computed from what was asked for. */
class OwnStepLink extends DatabaseLink {
  override async take(tag: string, stepIds: number, terms: PrimaryTerms): Promise<TakenRange> {
    const { database } = this.parts;
    const range = await this.call(true, server => server.take(tag, database.row(tag)?.stepIds || 1, terms));
    return { start: range.end - BigInt(stepIds), end: range.end };
  }
}

/** Takes a call without an answer for done, and what the row says for its range. */
class HopefulLink extends DatabaseLink {
  override async take(tag: string, stepIds: number, terms: PrimaryTerms): Promise<TakenRange> {
    try {
      return await super.take(tag, stepIds, terms);
    } catch (error) {
      const record = await this.getTag(tag);
      if (record === undefined) throw error;
      const start = record.maxId - BigInt(stepIds);
      if (start < 1n) throw error;
      return { start, end: record.maxId };
    }
  }
}

/** Sets the row to the start of what is given back, wherever it is. */
class BlindGiveBackLink extends DatabaseLink {
  override async giveBack(tag: string, { start }: TakenRange): Promise<boolean> {
    return this.call(true, async () => {
      this.parts.database.edit(tag, row => ({ ...row, maxId: start }));
      return true;
    });
  }
}

/** Gives half of a range back and goes on giving it out. */
class EagerGiveBackLink extends DatabaseLink {
  readonly #prng: Prng;

  constructor(link: DatabaseLink, prng: Prng) {
    super(link.parts);
    this.#prng = prng;
  }

  override async take(tag: string, stepIds: number, terms: PrimaryTerms): Promise<TakenRange> {
    const range = await super.take(tag, stepIds, terms);
    if (this.#prng.chance(0.3)) {
      const start = range.start + BigInt(stepIds >> 1);
      super.giveBack(tag, { ...range, start }).catch(() => {});
    }
    return range;
  }
}

/** Takes what was left, and leaves it there. */
class KeptLeftoverLink extends DatabaseLink {
  override async take(tag: string, stepIds: number, terms: PrimaryTerms): Promise<TakenRange> {
    const { database, told } = this.parts;
    const range = await this.call(true, async server => {
      const { leftovers = [] } = database.row(tag) ?? {};
      const taken = await server.take(tag, stepIds, terms);
      if (taken.isLeftover) database.edit(tag, row => ({ ...row, leftovers }));
      return taken;
    });
    told(tag, range);
    return range;
  }
}

/** Leaves half of a range and goes on giving it out. */
class EagerLeaveLink extends DatabaseLink {
  override async take(tag: string, stepIds: number, terms: PrimaryTerms): Promise<TakenRange> {
    const range = await super.take(tag, stepIds, terms);
    const start = range.start + (range.end - range.start) / 2n;
    super.leave(tag, { start, end: range.end }, 60_000).catch(() => {});
    return range;
  }
}

/** Says that it has the class that its place among the primaries leads one to expect, and takes by the one it has. */
class MisjudgedLink extends DatabaseLink implements Primary {
  override async residue(): Promise<Residue | undefined> {
    const found = await super.residue();
    return found && { ...found, remainder: Number(this.name.at(-1)) };
  }

  override take(tag: string, stepIds: number, terms: PrimaryTerms): Promise<TakenRange> {
    return super.take(tag, stepIds, { ...terms, residue: { ...terms.residue, remainder: 0 } });
  }
}

/** Distorts what a register says. */
class LyingRegister implements CeilingRegister {
  readonly name: string;
  readonly #inner: CeilingRegister;
  readonly #seen: (ceiling: Ceiling) => Ceiling;
  readonly #done: (done: boolean) => boolean;

  constructor(inner: CeilingRegister, seen: (ceiling: Ceiling) => Ceiling, done: (done: boolean) => boolean) {
    this.name = inner.name;
    this.#inner = inner;
    this.#seen = seen;
    this.#done = done;
  }

  open(): Promise<void> {
    return this.#inner.open();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async read(tag: string): Promise<Ceiling | undefined> {
    const ceiling = await this.#inner.read(tag);
    return ceiling && this.#seen(ceiling);
  }

  async create(tag: string, value: bigint): Promise<boolean> {
    return this.#done(await this.#inner.create(tag, value));
  }

  async write(tag: string, value: bigint, version: number): Promise<boolean> {
    return this.#done(await this.#inner.write(tag, value, version));
  }
}

/** Each makes duplicates possible; the simulator has to find it. */
export const SEGMENT_ABLATIONS: Readonly<Record<SegmentAblationName, SegmentWishes & { readonly lies: Lies }>> = {
  'G2 row raised by its own step': {
    ...{ primaries: 1, ceiling: 'none', keeps: true, faults: ['stepChange'] },
    lies: { wrapDatabase: link => new OwnStepLink(link.parts) },
  },
  'G3 unknown taken for success': {
    ...{ primaries: 1, ceiling: 'none', keeps: true, faults: ['calls', 'outage'] },
    lies: { wrapDatabase: link => new HopefulLink(link.parts) },
  },
  'G5 check off': {
    ...{ primaries: 1, ceiling: 'none', keeps: false, faults: ['failover', 'restore'] },
    lies: { takesAnyRange: true },
  },
  'ceiling without compare-and-set': {
    ...{ primaries: 1, ceiling: 'required', keeps: false, faults: ['splitBrain', 'failover'] },
    lies: {
      wrapRegister: register =>
        new LyingRegister(
          register,
          ceiling => ceiling,
          () => true,
        ),
    },
  },
  'ceiling no floor': {
    ...{ primaries: 1, ceiling: 'required', keeps: false, faults: ['failover', 'kill'] },
    lies: {
      wrapRegister: register =>
        new LyingRegister(
          register,
          ceiling => ({ ...ceiling, value: 0n }),
          done => done,
        ),
    },
  },
  'give-back without compare-and-set': {
    ...{ primaries: 1, ceiling: 'none', keeps: true, faults: ['stop'] },
    lies: { wrapDatabase: link => new BlindGiveBackLink(link.parts) },
  },
  'give-back while minting': {
    ...{ primaries: 1, ceiling: 'none', keeps: true },
    lies: { wrapDatabase: (link, prng) => new EagerGiveBackLink(link, prng) },
  },
  'leftover not deleted': {
    ...{ primaries: 1, ceiling: 'none', keeps: true, faults: ['stop'] },
    lies: { wrapDatabase: link => new KeptLeftoverLink(link.parts) },
  },
  'leftover of a former server': {
    ...{ primaries: 1, ceiling: 'none', keeps: false, faults: ['stop', 'failover'] },
    lies: { isOneRun: true },
  },
  'leftover while minting': {
    ...{ primaries: 1, ceiling: 'none', keeps: true, faults: ['stop'] },
    lies: { wrapDatabase: link => new EagerLeaveLink(link.parts) },
  },
  'residue not checked': {
    ...{ primaries: 2, ceiling: 'none', keeps: true, sameResidue: true },
    lies: { wrapDatabase: link => new MisjudgedLink(link.parts) },
  },
};
