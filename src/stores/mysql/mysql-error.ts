/** What the errors of the driver mean. The driver gives server errors a positive `errno`, system errors a negative one. */

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
export const SERVER_ERRNO = {
  RECORD_CHANGED: 1020,
  DATABASE_ACCESS_DENIED: 1044,
  ACCESS_DENIED: 1045,
  BAD_DATABASE: 1049,
  BAD_FIELD: 1054,
  DUPLICATE_ENTRY: 1062,
  TABLE_ACCESS_DENIED: 1142,
  NO_SUCH_TABLE: 1146,
  DEADLOCK: 1213,
  COLUMN_OUT_OF_RANGE: 1264,
  OPTION_PREVENTS_STATEMENT: 1290,
  WRONG_VALUE_FOR_FIELD: 1366,
  DATA_TOO_LONG: 1406,
  EXPRESSION_OUT_OF_RANGE: 1690,
  READ_ONLY_TRANSACTION: 1792,
  READ_ONLY_MODE: 1836,
} as const;

interface DriverError extends Error {
  readonly errno?: number;
  readonly code?: string;
  readonly fatal?: boolean;
}

/** The server's error number; undefined when the error is not an answer of the server. */
export function serverErrno(error: unknown): number | undefined {
  const errno = error instanceof Error ? (error as DriverError).errno : undefined;
  return typeof errno === 'number' && errno > 0 ? errno : undefined;
}

/** True when the server answered, the connection goes on, and what the statement did is known: nothing. */
export function isCleanRefusal(error: unknown): boolean {
  return serverErrno(error) !== undefined && (error as DriverError).fatal !== true;
}

/** A primary that was demoted, or a replica: another host may be the primary by now. */
export function isReadOnly(error: unknown): boolean {
  const errno = serverErrno(error);
  return (
    errno === SERVER_ERRNO.OPTION_PREVENTS_STATEMENT ||
    errno === SERVER_ERRNO.READ_ONLY_TRANSACTION ||
    errno === SERVER_ERRNO.READ_ONLY_MODE
  );
}

/** Another transaction was faster; the same one, begun anew, may do. */
export function isOvertaken(error: unknown): boolean {
  const errno = serverErrno(error);
  return errno === SERVER_ERRNO.DEADLOCK || errno === SERVER_ERRNO.RECORD_CHANGED;
}

function isDenied(error: unknown): boolean {
  const errno = serverErrno(error);
  return errno === SERVER_ERRNO.ACCESS_DENIED || errno === SERVER_ERRNO.DATABASE_ACCESS_DENIED;
}

/** The reason in one line, with the driver's code where its message alone says too little. */
export function reasonOfMysql(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map(one => reasonOfMysql(one)).join('; ');
  }
  if (!(error instanceof Error)) return String(error);
  if (isReadOnly(error)) return `the server is read-only (${error.message})`;
  const { code } = error as DriverError;
  if (isDenied(error)) return `the login was refused, correct user, password and grants (${error.message})`;
  if (error.message === '') return code ?? error.name;
  return code === undefined || error.message.includes(code) ? error.message : `${error.message} (${code})`;
}
