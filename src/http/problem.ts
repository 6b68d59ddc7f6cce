/** Refusals on the wire: `application/problem+json` (RFC 9457) with our stable `code`. */

import type { ServerResponse } from 'node:http';
import { type ErrorCode, FrondError, reasonOf } from '../errors.ts';
import type { HttpCounters } from '../metrics/http-counters.ts';
import type { Logger } from '../system/logger.ts';
import { rateLimitFields } from './limits/rate-limit-fields.ts';

export interface Problem {
  /** `urn:frond:error:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** True when the same request can succeed later. */
  readonly retryable: boolean;
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export function problemOf(error: FrondError): Problem {
  const { title, status, message: detail, code, retryable } = error;
  return { type: `urn:frond:error:${code}`, title, status, detail, code, retryable };
}

/** Whole seconds, at least 1 (RFC 9110, 10.2.3 knows no fractions). */
function retryAfterSeconds(error: FrondError): number {
  return Math.max(1, Math.ceil((error.retryAfterMs ?? 0) / 1000));
}

function is<C extends ErrorCode>(error: FrondError, code: C): error is FrondError<C> {
  return error.code === code;
}

/** RFC 6750, section 3: whoever sent no token is told no error. */
const TOKEN_PROBLEMS = {
  missing: '',
  invalid: 'error="invalid_token", error_description="The token is unknown"',
  expired: 'error="invalid_token", error_description="The token is expired"',
} as const;

function challenge(problem: string): string {
  return `Bearer realm="frond"${problem === '' ? '' : `, ${problem}`}`;
}

/** Names and values in turn, as `writeHead` takes them. */
export function problemHeaders(error: FrondError, bodyBytes: number): string[] {
  const headers = ['Content-Type', PROBLEM_TYPE, 'Content-Length', String(bodyBytes)];
  headers.push('Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff');
  if (error.retryable && (error.status === 429 || error.status === 503))
    headers.push('Retry-After', String(retryAfterSeconds(error)));
  if (is(error, 'UNAUTHORIZED')) headers.push('WWW-Authenticate', challenge(TOKEN_PROBLEMS[error.details.reason]));
  if (is(error, 'FORBIDDEN') && 'scope' in error.details) {
    headers.push('WWW-Authenticate', challenge(`error="insufficient_scope", scope="${error.details.scope}"`));
  }
  if (is(error, 'RATE_LIMITED')) headers.push(...rateLimitFields(error.details, retryAfterSeconds(error)));
  if (is(error, 'METHOD_NOT_ALLOWED')) headers.push('Allow', error.details.allow);
  return headers;
}

/**
 * The refusal that may be shown for a failure. A foreign error is a defect: it is logged whole, and its text, which
 * may tell about the inside, is not sent. An allocator that gave up by itself is not ready.
 * @param where the request, for the log
 */
export function refusalOf(error: unknown, logger: Logger, where: object): FrondError {
  if (error instanceof FrondError && error.status !== 500) {
    if (error.code !== 'ABORTED') return error;
    return new FrondError('NOT_READY', { kind: 'The asked', state: 'stopping' }, { cause: error });
  }
  logger.error({ ...where, err: error }, `request failed: ${reasonOf(error)}`);
  return new FrondError('INTERNAL', { reason: 'see the log of this instance' }, { cause: error });
}

/** Answers with the problem and counts it; cuts the connection when an answer has already begun. Returns the status. */
export function sendProblem(res: ServerResponse, error: FrondError, counters: HttpCounters): number {
  counters.countProblem(error.code, error.message);
  if (res.headersSent) {
    res.destroy();
    return error.status;
  }
  const body = JSON.stringify(problemOf(error));
  res.writeHead(error.status, problemHeaders(error, Buffer.byteLength(body)));
  res.end(body);
  return error.status;
}
