import { lstatSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Kept for good: a database that is collected is closed, and so would do the harm that `closeLost` avoids. */
const left: DatabaseSync[] = [];

/**
 * Which file the write-ahead log of the database at `path` is now; undefined when there is none.
 *
 * While a connection is open its log can neither go nor be replaced, unless its locks are lost: this process opened and
 * closed the database file by other means, say to copy it, and POSIX then drops all locks of the process on it. Another
 * process may thereupon delete the log, and what we commit to the deleted file nobody else will ever see.
 * https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export function walFileOf(path: string): string | undefined {
  const found = lstatSync(`${path}-wal`, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

/**
 * Closes a connection whose log is not the one at `path` any more. Closing as usual could copy its stale pages over
 * newer ones, and would delete the log of the others by its name. A second connection of this process, which cannot
 * write, keeps SQLite from believing that it closes the last one.
 */
export function closeLost(database: DatabaseSync, path: string): void {
  try {
    const guard = new DatabaseSync(path, { readOnly: true });
    try {
      // The lock comes with the first read.
      guard.exec('BEGIN; SELECT 1 FROM sqlite_schema');
      database.close();
    } finally {
      guard.close();
    }
  } catch {
    left.push(database);
  }
}
