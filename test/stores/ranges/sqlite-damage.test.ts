import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteRangeStore } from '../../../src/stores/ranges/sqlite.ts';
import { realSystem } from '../../../src/system/system.ts';

const SEED = [{ tag: 'order', stepIds: 10, description: null }];

let directory: string;
let path: string;
let stores: SqliteRangeStore[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'frond-sqlite-'));
  path = join(directory, 'frond.db');
  stores = [];
});
afterEach(async () => {
  await Promise.all(stores.map(store => store.close()));
  await rm(directory, { recursive: true });
});

async function open(at = path): Promise<SqliteRangeStore> {
  const store = new SqliteRangeStore({ path: at, system: realSystem, seedTags: SEED });
  stores.push(store);
  await store.open();
  return store;
}

/** A closed store whose IDs up to 10 were given. */
async function used(at = path): Promise<void> {
  const store = await open(at);
  await store.take('order', 10);
  await store.close();
}

const rows = (sql: string) => {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
};

async function expectDamaged(reason: RegExp): Promise<void> {
  const existed = existsSync(path);
  await expect(open()).rejects.toMatchObject({
    code: 'STORE_DAMAGED',
    details: { reason: expect.stringMatching(reason) },
  });
  expect(existsSync(path)).toBe(existed);
}

describe('SqliteRangeStore at its creation', () => {
  it('makes the directory, the database and the marker, and the seed tags once', async () => {
    path = join(directory, 'deep/down/frond.db');
    await used();
    const again = await open();
    expect(await again.listTags()).toMatchObject([{ tag: 'order', maxId: 11n, stepIds: 10 }]);
    await again.retireTag('order');
    await again.close();
    expect(await (await open()).listTags()).toEqual([]);
    expect(await readFile(`${path}.id`, 'utf8')).toContain('"state":"created"');
  });

  it('adds the table of leftovers to a file of an earlier version', async () => {
    await used();
    rows('DROP TABLE frond_leftover');
    const store = await open();
    expect(await store.leave('order', { start: 4n, end: 11n }, 1000)).toBe(true);
    const leftovers = { notBelow: 0n, maxAgeMs: 60_000 };
    expect(await store.take('order', 10, { leftovers })).toEqual({ start: 4n, end: 11n, isLeftover: true });
  });

  it('writes ahead with full durability', async () => {
    await used();
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA journal_mode').all()).toEqual([{ journal_mode: 'wal' }]);
    database.close();
  });

  it('goes on where a creation was cut off after its marker', async () => {
    await used();
    const marker = await readFile(`${path}.id`, 'utf8');
    await rm(directory, { recursive: true });
    directory = await mkdtemp(join(tmpdir(), 'frond-sqlite-'));
    path = join(directory, 'frond.db');
    const { FileRecord } = await import('../../../src/stores/records/file.ts');
    const record = new FileRecord({ path: `${path}.id`, parse: value => value });
    const { storeId } = JSON.parse(marker).record;
    await record.write({ storeId, state: 'creating' });
    expect(await (await open()).take('order', 10)).toEqual({ start: 1n, end: 11n });
    expect(await record.read()).toEqual({ status: 'found', value: { storeId, state: 'created' } });
  });

  it('says that a directory cannot be written, and can be opened later', async () => {
    await writeFile(join(directory, 'file'), '');
    const blocked = new SqliteRangeStore({ path: join(directory, 'file/frond.db'), system: realSystem });
    stores.push(blocked);
    await expect(blocked.open()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await rm(join(directory, 'file'));
    await blocked.open();
    expect(await blocked.listTags()).toEqual([]);
  });
});

describe('SqliteRangeStore after loss', () => {
  beforeEach(() => used());

  it('is never made anew when its database is gone', async () => {
    await rm(path);
    await expectDamaged(/gone/);
    await expectDamaged(/gone/);
  });

  it('is never made anew when its database is gone with its marker, but its log is left', async () => {
    await rm(path);
    await rm(`${path}.id`);
    await writeFile(`${path}-wal`, 'left over');
    await expectDamaged(/gone/);
  });

  it('is never made anew when its database is empty, with or without the marker', async () => {
    await truncate(path, 0);
    await expectDamaged(/empty/);
    await rm(`${path}.id`);
    await expectDamaged(/empty/);
  });

  it('refuses a file that is no database', async () => {
    await writeFile(path, 'this is text, and longer than a hundred bytes, so that it is no torn header. '.repeat(20));
    await expectDamaged(/not a database/);
  });

  it('refuses a torn database', async () => {
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0xff, 4096, Math.min(bytes.length, 4096 * 4)));
    await expectDamaged(/./);
  });

  it('refuses a database that was cut short', async () => {
    await truncate(path, 4096);
    await expectDamaged(/./);
  });

  it('refuses a database whose only wound is in the index of the tags', async () => {
    const database = new DatabaseSync(path);
    const [index] = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name LIKE 'sqlite_autoindex%'").all();
    const [size] = database.prepare('PRAGMA page_size').all();
    database.close();
    const pageBytes = Number(size?.['page_size']);
    const start = (Number(index?.['rootpage']) - 1) * pageBytes;
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0xff, start, start + pageBytes));
    await expectDamaged(/./);
  });

  it('refuses the database of another store', async () => {
    const other = join(directory, 'other.db');
    await used(other);
    await rename(other, path);
    await expectDamaged(/marker beside it belongs/);
  });

  it('refuses a foreign SQLite database without a marker, and leaves it as it was', async () => {
    await rm(path);
    await rm(`${path}.id`);
    rows('CREATE TABLE theirs (a)');
    await expectDamaged(/lacks biz_tag/);
    const database = new DatabaseSync(path);
    expect(database.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'theirs' }]);
    database.close();
  });

  it.each([
    ['DROP TABLE leaf_alloc', /lacks biz_tag/],
    ['ALTER TABLE leaf_alloc DROP COLUMN description', /lacks description/],
    ['DROP TABLE frond_store', /no name/],
    ['DELETE FROM frond_store', /no name/],
    [
      "PRAGMA ignore_check_constraints = 1; UPDATE leaf_alloc SET max_id = -5 WHERE biz_tag = 'order'",
      /CHECK|negative/,
    ],
  ])('refuses a database after: %s', async (sql, reason) => {
    rows(sql);
    await expectDamaged(reason);
  });

  it('believes a sound database whose marker was lost or damaged, and writes the marker again', async () => {
    const marker = await readFile(`${path}.id`, 'utf8');
    await rm(`${path}.id`);
    expect(await (await open()).take('order', 10)).toEqual({ start: 11n, end: 21n });
    expect(await readFile(`${path}.id`, 'utf8')).toBe(marker);
    await writeFile(`${path}.id`, marker.slice(0, 20));
    expect(await (await open()).take('order', 10)).toEqual({ start: 21n, end: 31n });
    expect(await readFile(`${path}.id`, 'utf8')).toBe(marker);
  });

  it('refuses a damaged marker without a database', async () => {
    await writeFile(`${path}.id`, '{}');
    await rm(path);
    await expectDamaged(/gone/);
  });
});

describe('SqliteRangeStore in use', () => {
  it('stops when its file is deleted under it', async () => {
    const store = await open();
    await store.take('order', 10);
    await rm(path);
    await expect(store.take('order', 10)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    expect(existsSync(path)).toBe(false);
  });

  it('stops when its file is replaced under it by an older copy', async () => {
    await used();
    await copyFile(path, join(directory, 'backup.db'));
    const store = await open();
    await store.take('order', 10);
    await rename(join(directory, 'backup.db'), path);
    await expect(store.take('order', 10)).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      details: { reason: expect.stringContaining('replaced') },
    });
  });

  it('refuses a network file system, and makes nothing there', async () => {
    const host = { machineId: async () => undefined, networkFilesystem: async () => 'NFS' };
    const store = new SqliteRangeStore({ path, system: realSystem, host });
    await expect(store.open()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      details: { reason: expect.stringContaining('NFS') },
    });
    expect(existsSync(path)).toBe(false);
  });

  it('refuses before it is opened and after it is closed', async () => {
    const store = new SqliteRangeStore({ path, system: realSystem });
    await expect(store.take('order', 10)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.open();
    await store.close();
    await expect(store.take('order', 10)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
