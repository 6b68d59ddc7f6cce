/** One row of the table of error codes. */
export interface ErrorRow<D> {
  /** HTTP status of the problem document. */
  readonly status: number;
  /** True when the same call can succeed later without anybody changing the request. */
  readonly retryable: boolean;
  /** Short, constant summary (RFC 9457 `title`). */
  readonly title: string;
  /** What ends the condition. */
  readonly remedy: string;
  /** The sentence for one occurrence, without its full stop. */
  readonly message: (details: D) => string;
}

export function row<D>(
  status: number,
  retryable: boolean,
  title: string,
  remedy: string,
  message: (details: D) => string,
): ErrorRow<D> {
  return { status, retryable, title, remedy, message };
}

/** Shows a caller's value in an error text: quoted when it is text, and never longer than a line. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
