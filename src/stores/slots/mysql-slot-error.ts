import { FrondError } from '../../errors.ts';
import { reasonOfMysql, SERVER_ERRNO, serverErrno } from '../mysql/mysql-error.ts';

const NO_SCHEMA: ReadonlySet<number | undefined> = new Set([
  SERVER_ERRNO.BAD_DATABASE,
  SERVER_ERRNO.NO_SUCH_TABLE,
  SERVER_ERRNO.BAD_FIELD,
]);

/** What a failure means to the users of a slot store: STORE_NOT_INITIALISED or SLOT_STORE_UNAVAILABLE. */
export function mysqlSlotError(store: string, error: unknown): FrondError {
  if (error instanceof FrondError) return error;
  const reason = reasonOfMysql(error);
  if (NO_SCHEMA.has(serverErrno(error))) return notInitialised(store, reason, error);
  return new FrondError('SLOT_STORE_UNAVAILABLE', { store, reason }, { cause: error });
}

export function notInitialised(store: string, what: string, cause?: unknown): FrondError {
  const reason = `${what}; "frond init --worker-slots mysql://…" makes the tables of worker slots`;
  return new FrondError('STORE_NOT_INITIALISED', { store, reason }, { cause });
}

/** Two inserts met: the one that lost did nothing and may look again. */
export function isCollision(error: unknown): boolean {
  const errno = serverErrno(error);
  return errno === SERVER_ERRNO.DUPLICATE_ENTRY || errno === SERVER_ERRNO.DEADLOCK;
}
