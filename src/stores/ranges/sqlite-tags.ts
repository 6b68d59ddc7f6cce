import type { StatementSync } from 'node:sqlite';
import type { TagRecord } from '../range-store.ts';
import type { TagRow } from './changed-row.ts';

/** The statements that read and write a whole row. */
interface TagStatements {
  readonly row: StatementSync;
  readonly set: StatementSync;
}

export interface RowChange {
  readonly before: TagRecord | undefined;
  readonly after: TagRecord | undefined;
}

/** @param statement selects the row of a tag */
export function rowOf(statement: StatementSync, tag: string): TagRecord | undefined {
  return statement.all(tag).map(recordOf)[0];
}

export function liveRow(statement: StatementSync, tag: string): TagRecord | undefined {
  const record = rowOf(statement, tag);
  return record !== undefined && record.stepIds > 0 ? record : undefined;
}

/**
 * Sets the row of a tag to what `next` makes of it, or leaves it when that is undefined; within a transaction.
 * @param nowMs Unix milliseconds
 */
export function changeRow(
  statements: TagStatements,
  tag: string,
  nowMs: bigint,
  next: (before: TagRow | undefined) => TagRow | undefined,
): RowChange {
  const before = rowOf(statements.row, tag);
  const row = next(before);
  if (row !== undefined) {
    const { maxId, stepIds, description } = row;
    statements.set.run({ tag, maxId, stepIds: BigInt(stepIds), description, nowMs });
  }
  return { before, after: row && rowOf(statements.row, tag) };
}

export function recordOf(row: Record<string, unknown>): TagRecord {
  return {
    tag: row['biz_tag'] as string,
    maxId: row['max_id'] as bigint,
    stepIds: Number(row['step']),
    description: row['description'] as string | null,
    updatedAtMs: Number(row['update_time']),
  };
}
