import { FrondError, requireInteger } from '../../errors.ts';
import { ID_MAX, STEP_MAX_IDS, type TakenRange, type TakeTerms } from '../range-store.ts';

/** The arguments of `RangeStore.take`. @throws FrondError INVALID_ARGUMENT */
export function requireTake(stepIds: number, terms: TakeTerms | undefined): void {
  requireInteger('stepIds', stepIds, 1, STEP_MAX_IDS);
  const atLeast = terms?.atLeast;
  if (atLeast === undefined || (typeof atLeast === 'bigint' && atLeast >= 1n && atLeast <= ID_MAX)) return;
  const expected = 'a bigint from 1 to 2^63 - 1';
  throw new FrondError('INVALID_ARGUMENT', { field: 'atLeast', value: atLeast, expected });
}

/** The next `stepIds` IDs of a row that is at `maxId`; where `end` is past 2^63 - 1 there are not so many. */
export function rangeFrom(maxId: bigint, stepIds: number, atLeast: bigint = maxId): TakenRange {
  if (atLeast <= maxId) return { start: maxId, end: maxId + BigInt(stepIds) };
  return { start: atLeast, end: atLeast + BigInt(stepIds), foundMaxId: maxId };
}
