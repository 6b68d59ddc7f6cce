import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FrondError } from '../../errors.ts';
import { makeDirectory, syncDirectory } from '../../system/directory.ts';
import type { Host } from '../../system/host.ts';
import type { System } from '../../system/system.ts';
import { FileRecord } from '../records/file.ts';
import type { SeedTag } from './seed-tag.ts';
import { BUSY_TIMEOUT_MS } from './sqlite-busy.ts';
import { addLeftovers, buildSchema, damageOf, storeIdOf } from './sqlite-schema.ts';
import { walFileOf } from './sqlite-wal.ts';

export interface SqliteDatabaseOptions {
  /** For logs and errors. */
  readonly name: string;
  readonly path: string;
  readonly system: System;
  readonly host: Host;
  readonly seedTags: readonly SeedTag[];
}

export interface OpenDatabase {
  readonly database: DatabaseSync;
  /** The log that it writes, see `walFileOf`. */
  readonly walFile: string | undefined;
}

/** `<path>.id`: remembers, beside the database, that there is one. */
interface Marker {
  /** The same random text is in the database. */
  readonly storeId: string;
  /** `creating`: nobody has ever had a range. `created`: there may be IDs in the world. */
  readonly state: 'creating' | 'created';
}

/**
 * Opens the database, and creates it only where there never was one: SQLite takes an absent or empty file for a new
 * database, and would begin again at ID 1.
 *
 * The marker says which it is. It is durable as `creating` before the database comes into being, and as `created`
 * before the first range is given. Any number of processes may do this at once; each step is atomic, and whoever comes
 * second finds it done. A marker alone, or one of another database, means loss: STORE_DAMAGED, for people to judge.
 *
 * @throws FrondError STORE_DAMAGED, STORE_UNAVAILABLE (a network file system); the driver's and the file system's errors, after which it may be tried again
 */
export async function openSqliteDatabase(options: SqliteDatabaseOptions): Promise<OpenDatabase> {
  const { name, path } = options;
  await makeDirectory(dirname(path));
  await requireLocalDisk(options);
  const record = new FileRecord<Marker>({ path: `${path}.id`, parse: parseMarker });
  let marker = await record.read();
  if (marker.status === 'absent' && !isThere(path) && !isThere(`${path}-wal`)) {
    await record.create({ storeId: options.system.random.token(), state: 'creating' });
    marker = await record.read();
  }
  const known = marker.status === 'found' ? marker.value : undefined;
  if (known?.state !== 'creating') requireFile(name, path);
  const database = connect(path);
  try {
    if (known?.state === 'creating') await create(database, record, known.storeId, options);
    const storeId = requireSound(name, database, known?.storeId);
    addLeftovers(database);
    // The first read has opened the log, and its lock keeps it in place.
    const walFile = walFileOf(path);
    if (known === undefined) await restoreMarker(database, record, storeId);
    return { database, walFile };
  } catch (error) {
    database.close();
    throw error;
  }
}

async function requireLocalDisk({ name, path, host }: SqliteDatabaseOptions): Promise<void> {
  const filesystem = await host.networkFilesystem(dirname(path));
  if (filesystem === undefined) return;
  const reason = `it is on ${filesystem}, where locks and shared memory cannot be relied on; move it to a local disk, or use MySQL`;
  throw new FrondError('STORE_UNAVAILABLE', { store: name, reason });
}

function connect(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.exec('PRAGMA journal_mode = WAL');
    // A commit that power loss can undo is a range given twice.
    database.exec('PRAGMA synchronous = FULL');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

async function create(
  database: DatabaseSync,
  record: FileRecord<Marker>,
  storeId: string,
  { path, system, seedTags }: SqliteDatabaseOptions,
): Promise<void> {
  await locked(database, () => buildSchema(database, storeId, seedTags, system.clock.wallMs()));
  await syncDirectory(dirname(path));
  // The lock makes us the marker's only writer.
  await locked(database, async () => {
    if (storeIdOf(database) === storeId) await record.write({ storeId, state: 'created' });
  });
}

/** The database proves itself; only its marker was lost. */
async function restoreMarker(database: DatabaseSync, record: FileRecord<Marker>, storeId: string): Promise<void> {
  await locked(database, () => record.write({ storeId, state: 'created' }));
}

/** Runs `work` in a write transaction; nothing else uses this connection meanwhile. */
async function locked(database: DatabaseSync, work: () => void | Promise<void>): Promise<void> {
  database.exec('BEGIN IMMEDIATE');
  try {
    await work();
    database.exec('COMMIT');
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** Runs `work` in a write transaction. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** After an error SQLite may have rolled back by itself. */
function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // There was no transaction left: what was wanted.
  }
}

/** @returns the database's own name @throws FrondError STORE_DAMAGED */
function requireSound(name: string, database: DatabaseSync, expectedStoreId: string | undefined): string {
  const reason = damageOf(database);
  if (reason !== undefined) throw damaged(name, reason);
  const storeId = storeIdOf(database);
  if (storeId === undefined) throw damaged(name, 'it was not made by Frond: it has no name in table frond_store');
  if (expectedStoreId !== undefined && storeId !== expectedStoreId) {
    throw damaged(name, `it is store ${storeId} but the marker beside it belongs to store ${expectedStoreId}`);
  }
  return storeId;
}

function requireFile(name: string, path: string): void {
  const size = lstatSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw damaged(name, 'the database file is gone, although it was in use once');
  if (size === 0) throw damaged(name, 'the database file is empty');
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function damaged(store: string, reason: string): FrondError {
  return new FrondError('STORE_DAMAGED', { store, reason });
}

function parseMarker(value: unknown): Marker {
  const { storeId, state } = value as Partial<Marker>;
  if (typeof storeId !== 'string' || (state !== 'creating' && state !== 'created')) {
    throw new Error('it is not the marker of a store');
  }
  return { storeId, state };
}
