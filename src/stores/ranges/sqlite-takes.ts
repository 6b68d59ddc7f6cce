import { FrondError } from '../../errors.ts';
import { ID_MAX, type TakenRange } from '../range-store.ts';
import type { SqliteStatements } from './sqlite-statements.ts';
import { liveRow } from './sqlite-tags.ts';
import { rangeFrom } from './take-request.ts';

/** @param nowMs Unix milliseconds @throws FrondError UNKNOWN_TAG, RANGE_EXHAUSTED */
export function takeNext(statements: SqliteStatements, tag: string, stepIds: number, nowMs: bigint): TakenRange {
  const step = BigInt(stepIds);
  // `all` runs the statement to its end, commit included; `get` would stop at the first row.
  const [row] = statements.take.all({ tag, stepIds: step, nowMs });
  if (row === undefined) {
    if (liveRow(statements.row, tag) === undefined) throw new FrondError('UNKNOWN_TAG', { tag });
    throw new FrondError('RANGE_EXHAUSTED', { tag, stepIds });
  }
  const end = row['max_id'] as bigint;
  return { start: end - step, end };
}

/** Within a transaction. @param nowMs Unix milliseconds @throws FrondError UNKNOWN_TAG, RANGE_EXHAUSTED */
export function takeAbove(
  statements: SqliteStatements,
  tag: string,
  stepIds: number,
  atLeast: bigint,
  nowMs: bigint,
): TakenRange {
  const row = liveRow(statements.row, tag);
  if (row === undefined) throw new FrondError('UNKNOWN_TAG', { tag });
  const range = rangeFrom(row.maxId, stepIds, atLeast);
  if (range.end > ID_MAX) throw new FrondError('RANGE_EXHAUSTED', { tag, stepIds });
  statements.raise.run(range.end, nowMs, tag);
  return range;
}
