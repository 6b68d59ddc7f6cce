import { FrondError } from '../../errors.ts';
import { ID_MAX, type TakenRange } from '../range-store.ts';
import { MysqlRangeStore } from './mysql.ts';
import { readResidue } from './mysql-residue.ts';
import { lockedMaxId } from './mysql-tags.ts';
import type { Primary, PrimaryTerms } from './primary.ts';
import { isSame, type Residue, rangeOfClass, textOf } from './residue.ts';
import { requireTake } from './take-request.ts';

/** `leaf_alloc` in one of several databases, which gives only the IDs of its residue class. */
export class MysqlPrimary extends MysqlRangeStore implements Primary {
  protected override readonly leaves = false;

  residue(): Promise<Residue | undefined> {
    return this.run(session => readResidue(session));
  }

  override async take(tag: string, stepIds: number, terms: PrimaryTerms): Promise<TakenRange> {
    requireTake(stepIds, terms);
    const { residue, seenEnd, atLeast = 1n } = terms;
    return this.run(async session => {
      await this.trust.requireDurable(session);
      const range = await session.transaction(async () => {
        const found = await readResidue(session, true);
        if (found === undefined || !isSame(found, residue)) throw this.#changed(residue, found);
        const maxId = await lockedMaxId(session, tag);
        if (maxId < seenEnd) throw new FrondError('SEGMENT_REWOUND', { tag, start: maxId, highWater: seenEnd });
        const taken = rangeOfClass(maxId, stepIds, residue, atLeast);
        if (taken.end > ID_MAX) throw new FrondError('RANGE_EXHAUSTED', { tag, stepIds });
        await session.write('UPDATE leaf_alloc SET max_id = ? WHERE biz_tag = ?', [taken.end, tag]);
        return taken;
      });
      await this.trust.requireSynced(session);
      return range;
    });
  }

  /** Its residue is judged together with those of the others. */
  protected override async unfit(): Promise<undefined> {}

  #changed(residue: Residue, found: Residue | undefined): FrondError {
    const now = found === undefined ? 'has no row' : `says ${textOf(found)}`;
    const reason = `frond_residue ${now}, but said ${textOf(residue)} when this process began to use it`;
    return new FrondError('STORE_NOT_INITIALISED', { store: this.name, reason });
  }
}
