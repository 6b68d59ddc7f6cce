import { FrondError } from '../../errors.ts';
import { reasonOfMysql, SERVER_ERRNO, serverErrno } from '../mysql/mysql-error.ts';

const NO_SCHEMA: ReadonlySet<number | undefined> = new Set([
  SERVER_ERRNO.BAD_DATABASE,
  SERVER_ERRNO.NO_SUCH_TABLE,
  SERVER_ERRNO.BAD_FIELD,
]);

/** What a failure means to the users of a range store: STORE_NOT_INITIALISED or STORE_UNAVAILABLE. */
export function mysqlStoreError(store: string, error: unknown): FrondError {
  if (error instanceof FrondError) return error;
  const code = NO_SCHEMA.has(serverErrno(error)) ? 'STORE_NOT_INITIALISED' : 'STORE_UNAVAILABLE';
  return new FrondError(code, { store, reason: reasonOfMysql(error) }, { cause: error });
}

/** The sum did not fit the column; the row is as it was. */
export function isOutOfRange(error: unknown): boolean {
  const errno = serverErrno(error);
  return errno === SERVER_ERRNO.EXPRESSION_OUT_OF_RANGE || errno === SERVER_ERRNO.COLUMN_OUT_OF_RANGE;
}

/** Text that the column's length or character set cannot hold; the row is as it was. */
export function isBadText(error: unknown): boolean {
  const errno = serverErrno(error);
  return errno === SERVER_ERRNO.DATA_TOO_LONG || errno === SERVER_ERRNO.WRONG_VALUE_FOR_FIELD;
}
