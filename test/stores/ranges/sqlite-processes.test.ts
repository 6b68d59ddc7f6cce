import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TakenRange } from '../../../src/stores/range-store.ts';
import { SqliteRangeStore } from '../../../src/stores/ranges/sqlite.ts';
import { realSystem } from '../../../src/system/system.ts';
import { RangeProcess } from '../../support/range-process.ts';
import { waitUntil } from '../../support/wait-until.ts';

let directory: string;
let path: string;
let processes: RangeProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'frond-sqlite-'));
  path = join(directory, 'frond.db');
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map(each => each.kill()));
  await rm(directory, { recursive: true });
});

function start(count?: number, fileLimit?: number): RangeProcess {
  const made = new RangeProcess(path, 'order', count, fileLimit);
  processes.push(made);
  return made;
}

/** The ranges of all processes, after a check that no ID was given twice. */
function disjoint(): readonly TakenRange[] {
  const ranges = processes.flatMap(each => each.ranges).toSorted((a, b) => (a.start < b.start ? -1 : 1));
  for (let i = 1; i < ranges.length; i++) expect(ranges[i]!.start).toBeGreaterThanOrEqual(ranges[i - 1]!.end);
  return ranges;
}

describe('SqliteRangeStore among processes', () => {
  it('is made once when four processes start first at the same time, and gives them 1 to 800 without a gap', async () => {
    for (let i = 0; i < 4; i++) start(20);
    const codes = await Promise.all(processes.map(each => each.ended()));
    expect([codes, processes.map(each => each.errors)]).toEqual([
      [0, 0, 0, 0],
      ['', '', '', ''],
    ]);
    const ranges = disjoint();
    expect(ranges.map(range => range.start)).toEqual(Array.from({ length: 80 }, (_, i) => BigInt(1 + 10 * i)));
  });

  it('gives no ID twice when one of three processes is killed with -9 in the middle, and goes on after all were', async () => {
    const [first] = [start(), start(), start()];
    await waitUntil('100 ranges of each', () => processes.every(each => each.ranges.length > 100));
    await first!.kill();
    const counts = processes.map(each => each.ranges.length);
    await waitUntil('50 more of the others', () =>
      processes.slice(1).every((each, i) => each.ranges.length > counts[i + 1]! + 50),
    );
    await Promise.all(processes.map(each => each.kill()));
    start(10);
    expect(await processes[3]!.ended()).toBe(0);
    const ranges = disjoint();
    expect(ranges.length).toBeGreaterThan(400);
    expect(processes[3]!.ranges[0]!.start).toBeGreaterThanOrEqual(ranges.at(-11)!.end);
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    database.close();
  });

  it('survives kill -9 at any moment of its creation', async () => {
    for (let round = 0; round < 8; round++) {
      path = join(directory, `${round}.db`);
      processes = [];
      const creator = start();
      // Each round waits for a later step: the marker, the database, its log, the first range.
      const step = [`${path}.id`, path, `${path}-wal`][round % 4];
      await waitUntil('the step', () => (step === undefined ? creator.ranges.length > 0 : existsSync(step)));
      await creator.kill();
      const next = start(1);
      expect([await next.ended(), next.errors]).toEqual([0, '']);
      expect(disjoint().length).toBeGreaterThan(0);
    }
  });

  it('gives nothing that is not on the disk when the disk is full, says so, and goes on when there is space', async () => {
    const seed = start(1);
    await seed.ended();
    const cramped = start(Number.POSITIVE_INFINITY, 300);
    expect(await cramped.ended()).toBe(1);
    expect(cramped.errors).toContain('STORE_UNAVAILABLE');
    expect(cramped.ranges.length).toBeGreaterThan(5);
    const roomy = start(10);
    expect([await roomy.ended(), roomy.errors]).toEqual([0, '']);
    expect(disjoint()).toHaveLength(cramped.ranges.length + 11);
  });

  it('waits for another process to end its transaction, without standing still, and then serves', async () => {
    const seedTags = [{ tag: 'order', stepIds: 10, description: null }];
    const store = new SqliteRangeStore({ path, system: realSystem, seedTags, timeoutMs: 60_000 });
    await store.open();
    const rival = new DatabaseSync(path);
    rival.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const take = store.take('order', 10);
    take.finally(() => {
      turns = -1;
    });
    // Turns of the event loop that happen while the lock is held.
    await waitUntil('the event loop to turn', () => ++turns > 10);
    expect(turns).toBeGreaterThan(10);
    rival.exec('COMMIT');
    expect(await take).toEqual({ start: 1n, end: 11n });
    rival.close();
    await store.close();
  });

  it('gives up after its deadline with STORE_UNAVAILABLE and nothing changed', async () => {
    const seedTags = [{ tag: 'order', stepIds: 10, description: null }];
    const store = new SqliteRangeStore({ path, system: realSystem, seedTags, timeoutMs: 60 });
    await store.open();
    const rival = new DatabaseSync(path);
    rival.exec('BEGIN IMMEDIATE');
    await expect(store.take('order', 10)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.putTag('order', { stepIds: 5 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await store.getTag('order')).toMatchObject({ maxId: 1n, stepIds: 10 });
    rival.exec('ROLLBACK');
    rival.close();
    expect(await store.take('order', 10)).toEqual({ start: 1n, end: 11n });
    await store.close();
  });

  it('gives no ID twice after this process copied the files and lost its locks by that', async () => {
    const seedTags = [{ tag: 'order', stepIds: 10, description: null }];
    const store = new SqliteRangeStore({ path, system: realSystem, seedTags });
    await store.open();
    const mine = [await store.take('order', 10)];
    for (const suffix of ['', '-wal', '-shm']) await copyFile(path + suffix, `${path}${suffix}.bak`);
    // The first to end deletes the log under us; what the second leaves behind is in a new one.
    expect(await start(2).ended()).toBe(0);
    const second = start();
    await waitUntil('a range of the second', () => second.ranges.length > 0);
    await second.kill();
    const failure = await store.take('order', 10).catch(error => error);
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    expect(failure.message).toMatch(/write-ahead log was deleted or replaced/);
    mine.push(await store.take('order', 10));
    expect(await start(2).ended()).toBe(0);
    mine.push(await store.take('order', 10));
    await store.close();
    expect(await start(1).ended()).toBe(0);
    const starts = [...mine, ...processes.flatMap(each => each.ranges)].map(range => range.start);
    expect(new Set(starts).size).toBe(starts.length);
  });

  it('gives no ID twice after that either when several stores of this process use the file', async () => {
    const seedTags = [{ tag: 'order', stepIds: 10, description: null }];
    const open = async () => {
      const store = new SqliteRangeStore({ path, system: realSystem, seedTags });
      await store.open();
      return store;
    };
    const stores = [await open(), await open()];
    const mine = [await stores[0]!.take('order', 10), await stores[1]!.take('order', 10)];
    for (const suffix of ['', '-wal', '-shm']) await copyFile(path + suffix, `${path}${suffix}.bak`);
    expect(await start(2).ended()).toBe(0);
    stores.push(await open());
    for (const store of stores) mine.push(await store.take('order', 10));
    const other = start();
    await waitUntil('a range of the other', () => other.ranges.length > 0);
    await other.kill();
    for (const store of stores) mine.push(await store.take('order', 10));
    await Promise.all(stores.map(store => store.close()));
    expect(await start(1).ended()).toBe(0);
    const starts = [...mine, ...processes.flatMap(each => each.ranges)].map(range => range.start);
    expect(new Set(starts).size).toBe(starts.length);
  });

  it('does not touch the log of others when it is closed after its own was deleted', async () => {
    const seedTags = [{ tag: 'order', stepIds: 10, description: null }];
    const store = new SqliteRangeStore({ path, system: realSystem, seedTags });
    await store.open();
    await store.take('order', 10);
    for (const suffix of ['', '-wal', '-shm']) await copyFile(path + suffix, `${path}${suffix}.bak`);
    expect(await start(2).ended()).toBe(0);
    const killed = start();
    await waitUntil('a range of it', () => killed.ranges.length > 0);
    await killed.kill();
    await store.close();
    expect(await start(1).ended()).toBe(0);
    expect(disjoint().length).toBeGreaterThan(3);
  });
});
