import { FrondError, reasonOf, toFrondError } from '../../errors.ts';

/** Primary result codes of SQLite, https://www.sqlite.org/rescode.html. */
const BUSY = 5;
const LOCKED = 6;
/** ERROR (a table is missing), CORRUPT, NOTADB: what the file says cannot be trusted. */
const DAMAGE: ReadonlySet<number> = new Set([1, 11, 26]);
/** The file system fails: READONLY, IOERR, FULL, CANTOPEN, PROTOCOL. */
const ENVIRONMENT: ReadonlySet<number> = new Set([8, 10, 13, 14, 15]);

function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** True when another connection holds the lock: nothing was done, and trying again will help. */
export function isBusy(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === BUSY || code === LOCKED;
}

/** The driver's error as one of ours. */
export function sqliteFailure(store: string, error: unknown): FrondError {
  const code = resultCodeOf(error);
  const reason = reasonOf(error);
  if (code !== undefined && DAMAGE.has(code))
    return new FrondError('STORE_DAMAGED', { store, reason }, { cause: error });
  if (isBusy(error) || (code !== undefined && ENVIRONMENT.has(code)) || isFileSystemError(error)) {
    return new FrondError('STORE_UNAVAILABLE', { store, reason }, { cause: error });
  }
  return toFrondError(error);
}

function isFileSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
