import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { FrondError, requireInteger } from '../../errors.ts';
import { type Host, thisHost } from '../../system/host.ts';
import type { System } from '../../system/system.ts';
import {
  ID_MAX,
  type RangeStore,
  STEP_MAX_IDS,
  type TagChange,
  type TagRecord,
  type TakenRange,
} from '../range-store.ts';
import type { SeedTag } from './seed-tag.ts';
import { whileBusy } from './sqlite-busy.ts';
import { openSqliteDatabase, rollBack } from './sqlite-database.ts';
import { closeLost, walFileOf } from './sqlite-wal.ts';

/** Deadline of one call, milliseconds. */
const TIMEOUT_MS = 2000;

export interface SqliteRangeStoreOptions {
  /** The database file; `<path>.id`, `<path>-wal` and `<path>-shm` stand beside it. Not on a network file system. */
  readonly path: string;
  readonly system: System;
  /** Tags of a new database; default none. */
  readonly seedTags?: readonly SeedTag[];
  /** Deadline of one call, milliseconds; default 2000. */
  readonly timeoutMs?: number;
  readonly host?: Host;
}

/** Every integer is bound and read as a BigInt: a JavaScript number binds as REAL and loses units above 2^53. */
const SQL = {
  take: `UPDATE leaf_alloc SET max_id = max_id + :stepIds, update_time = :nowMs
    WHERE biz_tag = :tag AND step > 0 AND max_id <= ${ID_MAX} - :stepIds RETURNING max_id`,
  row: 'SELECT biz_tag, max_id, step, description, update_time FROM leaf_alloc WHERE biz_tag = ?',
  list: 'SELECT biz_tag, max_id, step, description, update_time FROM leaf_alloc WHERE step > 0 ORDER BY biz_tag',
  put: `INSERT INTO leaf_alloc (biz_tag, max_id, step, description, update_time)
    VALUES (:tag, :maxId, :stepIds, :description, :nowMs) ON CONFLICT (biz_tag) DO UPDATE
    SET max_id = max(max_id, excluded.max_id), step = excluded.step, description = excluded.description,
      update_time = excluded.update_time`,
  retire: 'UPDATE leaf_alloc SET step = 0, update_time = ? WHERE biz_tag = ? AND step > 0',
} as const;

interface Connection {
  readonly database: DatabaseSync;
  readonly statements: Readonly<Record<keyof typeof SQL, StatementSync>>;
  readonly inode: bigint;
  readonly walFile: string | undefined;
}

/** Leaf's `leaf_alloc` in one SQLite file that several processes of a host may share. */
export class SqliteRangeStore implements RangeStore {
  /** Stores of this process with a connection; SQLite lets connections of a process to one file share their locks. */
  static readonly #connected = new Set<SqliteRangeStore>();
  readonly name: string;
  readonly #path: string;
  readonly #system: System;
  readonly #seedTags: readonly SeedTag[];
  readonly #timeoutMs: number;
  readonly #host: Host;
  /** True from the loss of the log until the database is open again. */
  #lost = false;
  #opening: Promise<void> | undefined;
  #connection: Connection | undefined;

  constructor({ path, system, seedTags = [], timeoutMs = TIMEOUT_MS, host = thisHost }: SqliteRangeStoreOptions) {
    this.#path = resolve(path);
    this.name = `sqlite:${this.#path}`;
    this.#system = system;
    this.#seedTags = seedTags;
    this.#timeoutMs = timeoutMs;
    this.#host = host;
  }

  /** @throws FrondError STORE_DAMAGED; STORE_UNAVAILABLE, after which it may be called again */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch(error => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => {});
    this.#disconnect(this.#hasItsLog());
    this.#lost = false;
  }

  take(tag: string, stepIds: number): Promise<TakenRange> {
    return this.#run(({ statements }) => {
      const step = BigInt(requireInteger('stepIds', stepIds, 1, STEP_MAX_IDS));
      // `all` runs the statement to its end, commit included; `get` would stop at the first row.
      const [row] = statements.take.all({ tag, stepIds: step, nowMs: this.#nowMs() });
      if (row === undefined) {
        if (liveRow(statements.row, tag) === undefined) throw new FrondError('UNKNOWN_TAG', { tag });
        throw new FrondError('RANGE_EXHAUSTED', { tag, stepIds });
      }
      const end = row['max_id'] as bigint;
      return { start: end - step, end };
    });
  }

  getTag(tag: string): Promise<TagRecord | undefined> {
    return this.#run(({ statements }) => liveRow(statements.row, tag));
  }

  listTags(): Promise<readonly TagRecord[]> {
    return this.#run(({ statements }) => statements.list.all().map(recordOf));
  }

  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    return this.#run(({ database, statements }) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        const result = this.#put(statements, tag, change);
        database.exec('COMMIT');
        return result;
      } catch (error) {
        rollBack(database);
        throw error;
      }
    });
  }

  retireTag(tag: string): Promise<boolean> {
    return this.#run(({ statements }) => Number(statements.retire.run(this.#nowMs(), tag).changes) === 1);
  }

  #put(statements: Connection['statements'], tag: string, change: TagChange) {
    const [row] = statements.row.all(tag).map(recordOf);
    const { stepIds, maxId = row?.maxId ?? 1n, description = row?.description ?? null } = change;
    if (row !== undefined && maxId < row.maxId) {
      throw new FrondError('TAG_WOULD_REWIND', { tag, maxId, currentMaxId: row.maxId });
    }
    statements.put.run({ tag, maxId, stepIds: BigInt(stepIds), description, nowMs: this.#nowMs() });
    const [record] = statements.row.all(tag).map(recordOf);
    return { record: record!, created: row === undefined || row.stepIds === 0 };
  }

  async #open(): Promise<void> {
    const [name, path, system, seedTags, host] = [this.name, this.#path, this.#system, this.#seedTags, this.#host];
    const limits = { name, system, timeoutMs: this.#timeoutMs };
    const open = () => openSqliteDatabase({ name, path, system, host, seedTags });
    if (this.#siblings().some(sibling => !sibling.#hasItsLog())) this.#loseAll();
    const { database, walFile } = await whileBusy(limits, open);
    const entries = Object.entries(SQL).map(([name, sql]) => {
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      return [name, statement] as const;
    });
    const statements = Object.fromEntries(entries) as Record<keyof typeof SQL, StatementSync>;
    this.#connection = { database, statements, inode: lstatSync(path, { bigint: true }).ino, walFile };
    SqliteRangeStore.#connected.add(this);
    this.#lost = false;
  }

  async #run<T>(work: (connection: Connection) => T): Promise<T> {
    if (this.#lost) await this.open();
    return whileBusy({ name: this.name, system: this.#system, timeoutMs: this.#timeoutMs }, () => {
      const connection = this.#connection;
      if (connection === undefined) {
        throw new FrondError('STORE_UNAVAILABLE', { store: this.name, reason: 'it is not open' });
      }
      this.#requireSameFile(connection.inode);
      this.#requireItsLog();
      const outcome = work(connection);
      this.#requireItsLog();
      return outcome;
    });
  }

  /** What was committed to a log that is gone nobody else sees: a range from it would be given again. */
  #requireItsLog(): void {
    if (this.#hasItsLog()) return;
    this.#loseAll();
    const reason =
      'its write-ahead log was deleted or replaced while it was in use (did this process copy its files?); ' +
      'it is opened anew';
    throw new FrondError('STORE_UNAVAILABLE', { store: this.name, reason });
  }

  #hasItsLog(): boolean {
    const walFile = this.#connection?.walFile;
    return walFile === undefined || walFile === walFileOf(this.#path);
  }

  #siblings(): SqliteRangeStore[] {
    return [...SqliteRangeStore.#connected].filter(each => each.#path === this.#path);
  }

  /** One connection that is left would pass its lost locks on to the next. */
  #loseAll(): void {
    for (const each of this.#siblings()) {
      each.#disconnect(false);
      each.#lost = true;
    }
  }

  #disconnect(hasItsLog: boolean): void {
    const database = this.#connection?.database;
    this.#connection = undefined;
    this.#opening = undefined;
    SqliteRangeStore.#connected.delete(this);
    if (database === undefined) return;
    if (hasItsLog) database.close();
    else closeLost(database, this.#path);
  }

  /** A deleted or replaced file leaves two databases in use that know nothing of each other. */
  #requireSameFile(inode: bigint): void {
    const now = lstatSync(this.#path, { bigint: true, throwIfNoEntry: false })?.ino;
    if (now === inode) return;
    const reason = `the database file was ${now === undefined ? 'deleted' : 'replaced'} while it was in use`;
    throw new FrondError('STORE_DAMAGED', { store: this.name, reason });
  }

  #nowMs(): bigint {
    return BigInt(this.#system.clock.wallMs());
  }
}

function liveRow(statement: StatementSync, tag: string): TagRecord | undefined {
  const [record] = statement.all(tag).map(recordOf);
  return record !== undefined && record.stepIds > 0 ? record : undefined;
}

function recordOf(row: Record<string, unknown>): TagRecord {
  return {
    tag: row['biz_tag'] as string,
    maxId: row['max_id'] as bigint,
    stepIds: Number(row['step']),
    description: row['description'] as string | null,
    updatedAtMs: Number(row['update_time']),
  };
}
