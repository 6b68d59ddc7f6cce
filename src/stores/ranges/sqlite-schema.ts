import type { DatabaseSync } from 'node:sqlite';
import type { SeedTag } from './seed-tag.ts';

/**
 * Leaf's columns. STRICT, because SQLite would else turn an overflowing sum into a REAL, silently and inexactly.
 * update_time is in Unix milliseconds.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS frond_store (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    store_id TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS leaf_alloc (
    biz_tag TEXT NOT NULL PRIMARY KEY,
    max_id INTEGER NOT NULL DEFAULT 1 CHECK (max_id >= 0),
    step INTEGER NOT NULL CHECK (step >= 0),
    description TEXT,
    update_time INTEGER NOT NULL
  ) STRICT;`;

/** See sql/005_frond_leftover.sql. A file of an earlier version lacks it. left_at is in Unix milliseconds. */
const LEFTOVERS = `
  CREATE TABLE IF NOT EXISTS frond_leftover (
    biz_tag TEXT NOT NULL,
    start_id INTEGER NOT NULL,
    end_id INTEGER NOT NULL,
    left_at INTEGER NOT NULL,
    server TEXT NOT NULL,
    PRIMARY KEY (biz_tag, start_id)
  ) STRICT;`;

const COLUMNS = ['biz_tag', 'max_id', 'step', 'description', 'update_time'];

/** Creates tables and seeds, and names the database, unless that was done; within the caller's transaction. */
export function buildSchema(
  database: DatabaseSync,
  storeId: string,
  seedTags: readonly SeedTag[],
  nowMs: number,
): void {
  database.exec(TABLES + LEFTOVERS);
  const named = database.prepare('INSERT INTO frond_store (id, store_id) VALUES (1, ?) ON CONFLICT DO NOTHING');
  if (Number(named.run(storeId).changes) === 0) return;
  const seed = database.prepare('INSERT INTO leaf_alloc (biz_tag, step, description, update_time) VALUES (?, ?, ?, ?)');
  for (const { tag, stepIds, description } of seedTags) seed.run(tag, BigInt(stepIds), description, BigInt(nowMs));
}

export function addLeftovers(database: DatabaseSync): void {
  if (!hasTable(database, 'frond_leftover')) database.exec(LEFTOVERS);
}

/** The name that the database was given at its creation; undefined when it has none. */
export function storeIdOf(database: DatabaseSync): string | undefined {
  if (!hasTable(database, 'frond_store')) return undefined;
  const [row] = database.prepare('SELECT store_id FROM frond_store').all();
  return row === undefined ? undefined : String(row['store_id']);
}

/** What makes the database unfit to give IDs from; undefined when nothing does. @throws the driver's error */
export function damageOf(database: DatabaseSync): string | undefined {
  const check = String(database.prepare('PRAGMA quick_check(1)').all()[0]?.['quick_check']);
  if (check !== 'ok') return `its integrity check says: ${check}`;
  const columns = database.prepare("SELECT name FROM pragma_table_info('leaf_alloc')").all();
  const missing = COLUMNS.filter(column => !columns.some(row => row['name'] === column));
  if (missing.length > 0) return `table leaf_alloc lacks ${missing.join(', ')}`;
  const wrong = database.prepare('SELECT biz_tag FROM leaf_alloc WHERE max_id < 0 OR step < 0 LIMIT 1').all();
  return wrong.length === 0 ? undefined : `the row of tag ${JSON.stringify(wrong[0]?.['biz_tag'])} is negative`;
}

function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").all(name).length > 0;
}
