import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { FrondError } from '../../errors.ts';
import { type Host, thisHost } from '../../system/host.ts';
import type { System } from '../../system/system.ts';
import type { RangeStore, TagChange, TagPatch, TagRecord, TakenRange, TakeTerms } from '../range-store.ts';
import { changedRow, type TagRow } from './changed-row.ts';
import type { SeedTag } from './seed-tag.ts';
import { whileBusy } from './sqlite-busy.ts';
import { inTransaction, openSqliteDatabase } from './sqlite-database.ts';
import { bar, leave, mayHaveLeft, takeLeft } from './sqlite-leftovers.ts';
import { prepareStatements, type SqliteStatements } from './sqlite-statements.ts';
import { changeRow, liveRow, type RowChange, recordOf } from './sqlite-tags.ts';
import { takeAbove, takeNext } from './sqlite-takes.ts';
import { closeLost, walFileOf } from './sqlite-wal.ts';
import { requireTake } from './take-request.ts';

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

interface Connection {
  readonly database: DatabaseSync;
  readonly statements: SqliteStatements;
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

  take(tag: string, stepIds: number, terms?: TakeTerms): Promise<TakenRange> {
    return this.#run(({ database, statements }) => {
      requireTake(stepIds, terms);
      const { atLeast, leftovers } = terms ?? {};
      const nowMs = this.#nowMs();
      const takeIds = () => takeNext(statements, tag, stepIds, nowMs);
      if (atLeast !== undefined) {
        return inTransaction(database, () => takeAbove(statements, tag, stepIds, atLeast, nowMs));
      }
      if (leftovers === undefined || !mayHaveLeft(statements, tag)) return takeIds();
      return inTransaction(database, () => takeLeft(statements, tag, leftovers, nowMs) ?? takeIds());
    });
  }

  giveBack(tag: string, { start, end }: TakenRange): Promise<boolean> {
    return this.#run(
      ({ statements }) => Number(statements.giveBack.run({ tag, start, end, nowMs: this.#nowMs() }).changes) === 1,
    );
  }

  leave(tag: string, rest: TakenRange, maxAgeMs: number): Promise<boolean> {
    return this.#run(({ database, statements }) =>
      inTransaction(database, () => leave(statements, tag, rest, maxAgeMs, this.#nowMs())),
    );
  }

  getTag(tag: string): Promise<TagRecord | undefined> {
    return this.#run(({ statements }) => liveRow(statements.row, tag));
  }

  listTags(): Promise<readonly TagRecord[]> {
    return this.#run(({ statements }) => statements.list.all().map(recordOf));
  }

  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    return this.#run(connection => {
      const changed = (row: TagRow | undefined) => changedRow(tag, row, change);
      const { before, after } = this.#change(connection, tag, change, changed);
      return { record: after!, created: before === undefined || before.stepIds === 0 };
    });
  }

  patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
    const patched = (row: TagRow | undefined) => (row?.stepIds ? changedRow(tag, row, patch) : undefined);
    return this.#run(connection => this.#change(connection, tag, patch, patched).after);
  }

  retireTag(tag: string): Promise<boolean> {
    return this.#run(({ database, statements }) =>
      inTransaction(database, () => {
        statements.dropLeftovers.run(tag);
        return Number(statements.retire.run(this.#nowMs(), tag).changes) === 1;
      }),
    );
  }

  #change(
    { database, statements }: Connection,
    tag: string,
    { maxId }: TagPatch,
    next: (before: TagRow | undefined) => TagRow | undefined,
  ): RowChange {
    const nowMs = this.#nowMs();
    return inTransaction(database, () => {
      const change = changeRow(statements, tag, nowMs, next);
      if (maxId !== undefined && change.after !== undefined) bar(statements, tag, maxId, nowMs);
      else if (change.before === undefined) statements.clearLeftovers.run(tag);
      return change;
    });
  }

  async #open(): Promise<void> {
    const [name, path, system, seedTags, host] = [this.name, this.#path, this.#system, this.#seedTags, this.#host];
    const limits = { name, system, timeoutMs: this.#timeoutMs };
    const open = () => openSqliteDatabase({ name, path, system, host, seedTags });
    if (this.#siblings().some(sibling => !sibling.#hasItsLog())) this.#loseAll();
    const { database, walFile } = await whileBusy(limits, open);
    const statements = prepareStatements(database);
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
