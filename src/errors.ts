/**
 * The one table of error codes. `docs/errors.md` is generated from it, the HTTP status of every problem comes from it,
 * and a test keeps all of them in step. A message says what happened with its numbers; the remedy says what ends it.
 */

import { GENERAL_ERRORS } from './errors/general-errors.ts';
import { REQUEST_ERRORS } from './errors/request-errors.ts';
import type { ErrorRow } from './errors/row.ts';
import { SEGMENT_ERRORS } from './errors/segment-errors.ts';
import { SNOWFLAKE_ERRORS } from './errors/snowflake-errors.ts';

export const ERRORS = {
  ...GENERAL_ERRORS,
  ...REQUEST_ERRORS,
  ...SEGMENT_ERRORS,
  ...SNOWFLAKE_ERRORS,
} as const satisfies Record<string, ErrorRow<never>>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorDetails<C extends ErrorCode> = Parameters<(typeof ERRORS)[C]['message']>[0];

export interface FrondErrorOptions {
  readonly cause?: unknown;
  /** Milliseconds after which trying again makes sense; becomes Retry-After. */
  readonly retryAfterMs?: number;
}

/** Every refusal of Frond. `message` is the occurrence with its numbers, followed by the remedy. */
export class FrondError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'FrondError';
  readonly code: C;
  readonly details: ErrorDetails<C>;
  readonly status: number;
  readonly retryable: boolean;
  readonly title: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: C, details: ErrorDetails<C>, options: FrondErrorOptions = {}) {
    const entry = ERRORS[code] as unknown as ErrorRow<ErrorDetails<C>>;
    const said = entry.message(details);
    super(
      `${said}${said.endsWith('?') ? '' : '.'} ${entry.remedy}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.details = details;
    this.status = entry.status;
    this.retryable = entry.retryable;
    this.title = entry.title;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The reason of an unknown failure in one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}

/** Passes a FrondError through and wraps anything else as INTERNAL. */
export function toFrondError(error: unknown): FrondError {
  if (error instanceof FrondError) return error;
  return new FrondError('INTERNAL', { reason: reasonOf(error) }, { cause: error });
}

/** Checks an integer argument. @throws FrondError INVALID_ARGUMENT */
export function requireInteger(field: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new FrondError('INVALID_ARGUMENT', { field, value, expected: `an integer from ${min} to ${max}` });
  }
  return value;
}
