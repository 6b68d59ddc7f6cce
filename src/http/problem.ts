/** Refusals on the wire: `application/problem+json` (RFC 9457) with our stable `code`. */

import type { ServerResponse } from 'node:http';
import { type ErrorDetails, FrondError, reasonOf } from '../errors.ts';
import type { HttpCounters } from '../metrics/http-counters.ts';
import type { Logger } from '../system/logger.ts';

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

/** Names and values in turn, as `writeHead` takes them. */
export function problemHeaders(error: FrondError, bodyBytes: number): string[] {
  const headers = ['Content-Type', PROBLEM_TYPE, 'Content-Length', String(bodyBytes)];
  headers.push('Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff');
  if (error.retryable && (error.status === 429 || error.status === 503))
    headers.push('Retry-After', String(retryAfterSeconds(error)));
  if (error.code === 'UNAUTHORIZED') headers.push('WWW-Authenticate', 'Bearer realm="frond"');
  if (error.code === 'METHOD_NOT_ALLOWED') {
    headers.push('Allow', (error.details as ErrorDetails<'METHOD_NOT_ALLOWED'>).allow);
  }
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
