import type { LeftoverTerms, TakenRange } from '../range-store.ts';
import type { TagRow } from './changed-row.ts';
import { overlaps } from './leftover-bar.ts';

/** What a server of ranges is to its leftovers. */
export interface MemoryServer {
  /** Another one after every start: leftovers of an earlier run are not given. */
  readonly run: string;
  nowMs(): number;
}

interface Left {
  readonly start: bigint;
  readonly end: bigint;
  readonly leftAtMs: number;
  readonly run: string;
}

/** A row with what was left of its ranges. */
export interface MemoryRow extends TagRow {
  readonly leftovers?: readonly Left[];
}

/** The lowest fitting leftover, and the row without it; or without any that lie above it. */
export function takeLeft(
  row: MemoryRow,
  { notBelow, maxAgeMs }: LeftoverTerms,
  { run, nowMs }: MemoryServer,
): { readonly range: TakenRange | undefined; readonly row: MemoryRow } {
  const leftovers = row.leftovers ?? [];
  if (leftovers.some(each => each.end > row.maxId)) return { range: undefined, row: { ...row, leftovers: [] } };
  const now = nowMs();
  const fitting = leftovers.filter(
    each => each.run === run && each.start >= notBelow && each.leftAtMs <= now && each.leftAtMs > now - maxAgeMs,
  );
  const [taken] = fitting.toSorted((a, b) => (a.start < b.start ? -1 : 1));
  if (taken === undefined) return { range: undefined, row };
  const range: TakenRange = { start: taken.start, end: taken.end, isLeftover: true };
  return { range, row: { ...row, leftovers: leftovers.filter(each => each !== taken) } };
}

/** The row with one more leftover; undefined when it must not be left. */
export function leaveIn(
  row: MemoryRow,
  { start, end }: TakenRange,
  maxAgeMs: number,
  { run, nowMs }: MemoryServer,
): MemoryRow | undefined {
  const now = nowMs();
  const kept = (row.leftovers ?? []).filter(each => each.start < 0n || each.leftAtMs > now - maxAgeMs);
  if (end > row.maxId || kept.some(each => overlaps(each, { start, end }))) return undefined;
  return { ...row, leftovers: [...kept, { start, end, leftAtMs: now, run }] };
}
