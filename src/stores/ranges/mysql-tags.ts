import { FrondError } from '../../errors.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import type { TagChange, TagPatch, TagRecord } from '../range-store.ts';
import { changedRow, type TagRow } from './changed-row.ts';
import { isBadText } from './mysql-store-error.ts';

interface Row {
  readonly tag: string;
  readonly maxId: string;
  readonly stepIds: number;
  readonly description: string | null;
  readonly updatedAtS: string | number | null;
}

const SELECT_TAG = `SELECT biz_tag AS tag, max_id AS maxId, step AS stepIds, description,
  UNIX_TIMESTAMP(update_time) AS updatedAtS FROM leaf_alloc`;

/** A live tag, by the table's own idea of equal names. */
export async function readTag(session: MysqlSession, tag: string): Promise<TagRecord | undefined> {
  const [row] = await session.read<Row>(`${SELECT_TAG} WHERE biz_tag = ? AND step > 0`, [tag]);
  return row && toRecord(row);
}

/** Live tags in the order of the bytes of their names. */
export async function readTags(session: MysqlSession): Promise<readonly TagRecord[]> {
  const rows = await session.read<Row>(`${SELECT_TAG} WHERE step > 0 ORDER BY CAST(biz_tag AS BINARY)`);
  return rows.map(toRecord);
}

/** As `readTag`; the row stays locked until the transaction ends. */
export async function lockedTag(session: MysqlSession, tag: string): Promise<TagRecord | undefined> {
  const [row] = await session.read<Row>(`${SELECT_TAG} WHERE biz_tag = ? AND step > 0 FOR UPDATE`, [tag]);
  return row && toRecord(row);
}

/** The maxId of a live tag, whose row stays locked until the transaction ends. @throws FrondError UNKNOWN_TAG */
export async function lockedMaxId(session: MysqlSession, tag: string): Promise<bigint> {
  const row = await lockedTag(session, tag);
  if (row === undefined) throw new FrondError('UNKNOWN_TAG', { tag });
  return row.maxId;
}

/** Within a transaction. `isNew`: there was no row, not even a retired one. @throws FrondError TAG_EXISTS, TAG_WOULD_REWIND, INVALID_ARGUMENT; the driver's error */
export async function putTag(session: MysqlSession, tag: string, change: TagChange) {
  const { maxId, stepIds, description } = changedRow(tag, undefined, change);
  // Locks the row whether it is new or not, so that two callers cannot both believe to create it.
  const insert = await storing(description, () =>
    session.write(
      `INSERT INTO leaf_alloc (biz_tag, max_id, step, description) VALUES (?, ?, ?, ?)
       ON DUPLICATE KEY UPDATE biz_tag = biz_tag`,
      [tag, maxId, stepIds, description],
    ),
  );
  const before = await lockedRow(session, tag);
  if (before === undefined) throw new Error(`the row of ${tag} is gone although it was locked`);
  if (insert.affectedRows === 1) return { record: before, created: true, isNew: true };
  if (before.tag !== tag) {
    const expected = `another name: the table takes it for that of tag ${JSON.stringify(before.tag)}, there already or retired`;
    throw new FrondError('INVALID_ARGUMENT', { field: 'tag', value: tag, expected });
  }
  return {
    record: await update(session, tag, changedRow(tag, before, change)),
    created: before.stepIds === 0,
    isNew: false,
  };
}

/** Within a transaction. @throws FrondError TAG_WOULD_REWIND, INVALID_ARGUMENT; the driver's error */
export async function patchTag(session: MysqlSession, tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
  const before = await lockedRow(session, tag);
  if (before?.tag !== tag || before.stepIds === 0) return undefined;
  return update(session, tag, changedRow(tag, before, patch));
}

/** Within a transaction. Not by the table's idea of equal names: who misspells a tag must not retire another. */
export async function retireTag(session: MysqlSession, tag: string): Promise<boolean> {
  const before = await lockedRow(session, tag);
  if (before?.tag !== tag || before.stepIds === 0) return false;
  await session.write('UPDATE leaf_alloc SET step = 0 WHERE biz_tag = ?', [tag]);
  return true;
}

async function update(session: MysqlSession, tag: string, row: TagRow): Promise<TagRecord> {
  const { maxId, stepIds, description } = row;
  await storing(description, () =>
    session.write('UPDATE leaf_alloc SET max_id = ?, step = ?, description = ? WHERE biz_tag = ?', [
      maxId,
      stepIds,
      description,
      tag,
    ]),
  );
  return (await lockedRow(session, tag))!;
}

async function lockedRow(session: MysqlSession, tag: string): Promise<TagRecord | undefined> {
  const [row] = await session.read<Row>(`${SELECT_TAG} WHERE biz_tag = ? FOR UPDATE`, [tag]);
  return row && toRecord(row);
}

async function storing<T>(description: string | null, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isBadText(error)) throw error;
    const expected = 'text that the column leaf_alloc.description can hold';
    throw new FrondError('INVALID_ARGUMENT', { field: 'description', value: description, expected });
  }
}

function toRecord(row: Row): TagRecord {
  return {
    tag: row.tag,
    maxId: BigInt(row.maxId),
    stepIds: Number(row.stepIds),
    description: row.description,
    updatedAtMs: row.updatedAtS === null ? null : Number(row.updatedAtS) * 1000,
  };
}
