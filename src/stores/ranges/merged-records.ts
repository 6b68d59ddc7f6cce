import type { TagRecord } from '../range-store.ts';

/**
 * The rows of one tag in several primaries as one: the first one, with the highest maxId and the latest change.
 * @param mark this process had ranges up to it: a row that is lower is that of a primary that is behind
 */
export function mergedRecord(
  records: readonly (TagRecord | undefined)[],
  mark: bigint | undefined,
): TagRecord | undefined {
  const live = records.filter(record => record !== undefined);
  const [first] = live;
  if (first === undefined) return undefined;
  const maxIds = live.map(({ maxId }) => maxId);
  const maxId = [mark ?? 0n, ...maxIds].reduce((max, each) => (each > max ? each : max));
  const times = live.flatMap(({ updatedAtMs }) => (updatedAtMs === null ? [] : [updatedAtMs]));
  return { ...first, maxId, updatedAtMs: times.length === 0 ? null : Math.max(...times) };
}

/** The union of the lists of several primaries, in the order of the names. */
export function mergedRecords(
  lists: readonly (readonly TagRecord[])[],
  marks: ReadonlyMap<string, bigint>,
): readonly TagRecord[] {
  const byTag = new Map<string, TagRecord[]>();
  for (const record of lists.flat()) byTag.set(record.tag, [...(byTag.get(record.tag) ?? []), record]);
  const merged = [...byTag].map(([tag, records]) => mergedRecord(records, marks.get(tag))!);
  return merged.sort((a, b) => (a.tag < b.tag ? -1 : 1));
}
