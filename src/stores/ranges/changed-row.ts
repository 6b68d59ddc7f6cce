import { FrondError } from '../../errors.ts';
import type { TagChange, TagPatch, TagRecord } from '../range-store.ts';

/** What a row holds besides its name; `stepIds` is 0 for a retired tag. */
export type TagRow = Pick<TagRecord, 'maxId' | 'stepIds' | 'description'>;

const NO_ROW: TagRow = { maxId: 1n, stepIds: 0, description: null };

/**
 * The row after a change: the one rule of all stores, to be applied within a transaction.
 * @param old undefined when there is no row yet
 * @throws FrondError TAG_EXISTS, TAG_WOULD_REWIND
 */
export function changedRow(tag: string, old: TagRow = NO_ROW, change: TagChange | TagPatch): TagRow {
  if ('mustCreate' in change && change.mustCreate && old.stepIds > 0) throw new FrondError('TAG_EXISTS', { tag });
  const { stepIds = old.stepIds, maxId = old.maxId, description = old.description } = change;
  if (maxId < old.maxId) throw new FrondError('TAG_WOULD_REWIND', { tag, maxId, currentMaxId: old.maxId });
  return { maxId, stepIds, description };
}
