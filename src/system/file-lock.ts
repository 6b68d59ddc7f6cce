import { type BigIntStats, lstatSync, promises } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FrondError, reasonOf } from '../errors.ts';

/** What tells a file from every copy of it: a copy has another inode or another time of birth. */
export interface FileIdentity {
  /** Decimal text: 64 bits do not fit a number. */
  readonly inode: string;
  /** Unix nanoseconds as decimal text; "0" where the filesystem does not keep it. */
  readonly birthNs: string;
}

const SQLITE_BUSY = 5;

/** Locks by garbage collection would be silent: what is held stays reachable until it is released. */
const held = new Set<FileLock>();

/**
 * An exclusive kernel lock on a dedicated file: it ends with `release`, or with the death of the process or worker
 * thread however it dies, and never before. A stopped (SIGSTOP) process keeps it.
 *
 * Node has no flock, but its SQLite takes POSIX record locks (LockFileEx on Windows) and also keeps the handles of one
 * process apart. The lock is a write transaction that is begun and never ended. "begin immediate" takes the RESERVED
 * byte, which exactly one of many rivals gets; "begin exclusive" can make all of them fail, each over the other's
 * passing SHARED lock. Nothing is ever written: the file stays empty, and with the journal in memory no second file
 * appears. So there is nothing to sync, to tear or to recover.
 *
 * The kernel drops POSIX locks when their process closes any other descriptor of the file: nothing in a process that
 * holds one may open the file (lstat is harmless), and nothing may delete it, or two owners would hold two files.
 * Worthless on network filesystems: see `host.ts`.
 */
export class FileLock {
  /** Absolute. */
  readonly path: string;
  readonly identity: FileIdentity;
  readonly #database: DatabaseSync;

  private constructor(path: string, database: DatabaseSync, identity: FileIdentity) {
    this.path = path;
    this.identity = identity;
    this.#database = database;
    held.add(this);
  }

  /**
   * Locks the file at once, or gives undefined when another process, worker thread or handle holds it. Creates the
   * file, never its directory. Synchronous: some 0.1 ms, and no disk write is waited for.
   * @throws FrondError STORE_DAMAGED when something else than a lock file is there, SLOT_STORE_UNAVAILABLE when it cannot
   * be opened or locked
   */
  static tryAcquire(path: string): FileLock | undefined {
    const file = resolve(path);
    const before = requireLockFile(file);
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(file, { timeout: 0 });
      database.exec('pragma journal_mode = memory; begin immediate');
      const after = requireLockFile(file);
      if (after === undefined || (before !== undefined && before.ino !== after.ino)) {
        throw new Error('it was replaced while it was being locked');
      }
      return new FileLock(file, database, identityOf(after));
    } catch (error) {
      database?.close();
      if (isBusy(error)) return undefined;
      if (error instanceof FrondError) throw error;
      throw new FrondError(
        'SLOT_STORE_UNAVAILABLE',
        { store: file, reason: `the lock file cannot be locked: ${reasonOf(error)}` },
        { cause: error },
      );
    }
  }

  /** True until `release`. */
  get isHeld(): boolean {
    return held.has(this);
  }

  /**
   * True while the path still names the very file that is locked; false when it was deleted, moved or replaced, and
   * after `release`: the lock then excludes nobody. @throws the I/O error when the file cannot be looked at
   */
  async isIntact(): Promise<boolean> {
    if (!this.isHeld) return false;
    try {
      const now = identityOf(await promises.lstat(this.path, { bigint: true }));
      return this.isHeld && now.inode === this.identity.inode && now.birthNs === this.identity.birthNs;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT' || code === 'ENOTDIR') return false;
      throw error;
    }
  }

  /** Idempotent. The file stays: deleting it would let two owners in. */
  release(): void {
    if (held.delete(this)) this.#database.close();
  }
}

/** Looks before SQLite does, which would take any empty or SQLite file for its own. */
function requireLockFile(file: string): BigIntStats | undefined {
  const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined || (stats.isFile() && stats.size === 0n)) return stats;
  const what = stats.isFile() ? `holds ${stats.size} bytes` : 'is not a regular file';
  throw new FrondError('STORE_DAMAGED', { store: file, reason: `it ${what}, but a lock file is always an empty file` });
}

function identityOf(stats: BigIntStats): FileIdentity {
  return { inode: String(stats.ino), birthNs: String(stats.birthtimeNs) };
}

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' && (code & 0xff) === SQLITE_BUSY;
}
