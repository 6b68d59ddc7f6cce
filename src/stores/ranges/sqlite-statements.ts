import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ID_MAX } from '../range-store.ts';

/** Every integer is bound and read as a BigInt: a JavaScript number binds as REAL and loses units above 2^53. */
const SQL = {
  take: `UPDATE leaf_alloc SET max_id = max_id + :stepIds, update_time = :nowMs
    WHERE biz_tag = :tag AND step > 0 AND max_id <= ${ID_MAX} - :stepIds RETURNING max_id`,
  raise: 'UPDATE leaf_alloc SET max_id = ?, update_time = ? WHERE biz_tag = ?',
  giveBack: `UPDATE leaf_alloc SET max_id = :start, update_time = :nowMs
    WHERE biz_tag = :tag AND max_id = :end AND step > 0`,
  row: 'SELECT biz_tag, max_id, step, description, update_time FROM leaf_alloc WHERE biz_tag = ?',
  list: 'SELECT biz_tag, max_id, step, description, update_time FROM leaf_alloc WHERE step > 0 ORDER BY biz_tag',
  set: `INSERT INTO leaf_alloc (biz_tag, max_id, step, description, update_time)
    VALUES (:tag, :maxId, :stepIds, :description, :nowMs) ON CONFLICT (biz_tag) DO UPDATE
    SET max_id = max(max_id, excluded.max_id), step = excluded.step, description = excluded.description,
      update_time = excluded.update_time`,
  retire: 'UPDATE leaf_alloc SET step = 0, update_time = ? WHERE biz_tag = ? AND step > 0',
  anyLeftover: 'SELECT 1 FROM frond_leftover WHERE biz_tag = ? LIMIT 1',
  falseLeftover: `SELECT 1 FROM frond_leftover
    WHERE biz_tag = :tag AND end_id > (SELECT max_id FROM leaf_alloc WHERE biz_tag = :tag AND step > 0) LIMIT 1`,
  leftover: `SELECT start_id, end_id FROM frond_leftover
    WHERE biz_tag = :tag AND start_id >= :notBelow AND left_at > :sinceMs AND left_at <= :nowMs
    ORDER BY start_id LIMIT 1`,
  takeLeftover: 'DELETE FROM frond_leftover WHERE biz_tag = ? AND start_id = ?',
  leave: `INSERT INTO frond_leftover (biz_tag, start_id, end_id, left_at, server)
    SELECT biz_tag, :start, :end, :nowMs, '' FROM leaf_alloc WHERE biz_tag = :tag AND step > 0 AND max_id >= :end
      AND NOT EXISTS (SELECT 1 FROM frond_leftover WHERE biz_tag = :tag AND start_id < :end AND end_id > :start)`,
  bar: `INSERT INTO frond_leftover (biz_tag, start_id, end_id, left_at, server) VALUES (:tag, :start, :end, :nowMs, '')
    ON CONFLICT (biz_tag, start_id) DO UPDATE SET end_id = excluded.end_id, left_at = excluded.left_at`,
  dropLeftovers: 'DELETE FROM frond_leftover WHERE biz_tag = ? AND start_id >= 0',
  clearLeftovers: 'DELETE FROM frond_leftover WHERE biz_tag = ?',
  dropOldLeftovers: 'DELETE FROM frond_leftover WHERE biz_tag = ? AND start_id >= 0 AND left_at <= ?',
} as const;

export type SqliteStatements = Readonly<Record<keyof typeof SQL, StatementSync>>;

export function prepareStatements(database: DatabaseSync): SqliteStatements {
  const entries = Object.entries(SQL).map(([name, sql]) => {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    return [name, statement] as const;
  });
  return Object.fromEntries(entries) as Record<keyof typeof SQL, StatementSync>;
}
