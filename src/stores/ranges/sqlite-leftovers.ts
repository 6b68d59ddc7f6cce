import type { LeftoverTerms, TakenRange } from '../range-store.ts';
import { BAR_START } from './leftover-bar.ts';
import type { SqliteStatements } from './sqlite-statements.ts';
import { liveRow } from './sqlite-tags.ts';

/** Whether to look for leftovers of a tag in a transaction. */
export function mayHaveLeft(statements: SqliteStatements, tag: string): boolean {
  return statements.anyLeftover.all(tag).length > 0;
}

/**
 * Takes the lowest fitting leftover of a live tag; within a transaction. What lies above its row is deleted: the row was
 * lowered by hand, or deleted, and what was left would come a second time once the row has passed it.
 * @param nowMs Unix milliseconds
 */
export function takeLeft(
  statements: SqliteStatements,
  tag: string,
  { notBelow, maxAgeMs }: LeftoverTerms,
  nowMs: bigint,
): TakenRange | undefined {
  if (liveRow(statements.row, tag) === undefined) return undefined;
  if (statements.falseLeftover.all({ tag }).length > 0) statements.clearLeftovers.run(tag);
  const [row] = statements.leftover.all({ tag, notBelow, nowMs, sinceMs: nowMs - BigInt(maxAgeMs) });
  if (row === undefined) return undefined;
  const [start, end] = [row['start_id'] as bigint, row['end_id'] as bigint];
  statements.takeLeftover.run(tag, start);
  return { start, end, isLeftover: true };
}

/** Within a transaction. False when it must not be left. */
export function leave(
  statements: SqliteStatements,
  tag: string,
  { start, end }: TakenRange,
  maxAgeMs: number,
  nowMs: bigint,
): boolean {
  statements.dropOldLeftovers.run(tag, nowMs - BigInt(maxAgeMs));
  return Number(statements.leave.run({ tag, start, end, nowMs }).changes) === 1;
}

/** Deletes what was left of a tag, and lets nothing below `floor` be left any more; within a transaction. */
export function bar(statements: SqliteStatements, tag: string, floor: bigint, nowMs: bigint): void {
  statements.dropLeftovers.run(tag);
  statements.bar.run({ tag, start: BAR_START, end: floor, nowMs });
}
