import { type ErrorCode, type ErrorDetails, FrondError } from '../../errors.ts';
import { problemOf } from '../problem.ts';
import { SENT_CODES } from './problem-codes.ts';
import type { Example } from './shapes.ts';

type Samples = { readonly [C in ErrorCode]?: ErrorDetails<C> };

const store = 'mysql://db.example:3306/ids';

/** Details of an occurrence that a reader may meet; the text is then the one that is sent. */
const SAMPLES: Samples = {
  INVALID_ARGUMENT: { field: 'count', value: '0', expected: 'an integer from 1 to 100000' },
  MODE_OFF: { kind: 'segment', setting: 'FROND_SEGMENT_STORE' },
  INTERNAL: { reason: 'see the log of this instance' },
  NOT_READY: { kind: 'snowflake', state: 'starting' },
  MALFORMED_REQUEST: { reason: 'Invalid method encountered' },
  TOKEN_IN_URL: {},
  UNAUTHORIZED: { resource: 'This route', reason: 'missing' },
  FORBIDDEN: { token: 'shop', scope: 'ids:order' },
  NOT_FOUND: { path: '/nowhere' },
  METHOD_NOT_ALLOWED: { method: 'POST', allow: 'GET, HEAD, OPTIONS' },
  REQUEST_TIMEOUT: {},
  PAYLOAD_TOO_LARGE: { limitBytes: 16_384 },
  UNSUPPORTED_MEDIA_TYPE: { contentType: 'text/plain' },
  HEADERS_TOO_LARGE: {},
  RATE_LIMITED: { limit: 'client', perSecond: 100, burst: 100, left: 0 },
  OVERLOADED: { work: 'batch', reason: 'the event loop is 250 ms behind' },
  UNKNOWN_TAG: { tag: 'order' },
  TAG_EXISTS: { tag: 'order' },
  TAG_WOULD_REWIND: { tag: 'order', maxId: 1n, currentMaxId: 5001n },
  STORE_UNAVAILABLE: { store, reason: 'connect ECONNREFUSED 192.0.2.7:3306' },
  CLOCK_BACKWARDS: { behindMs: 7214, limitMs: 5000 },
  LIMIT_REACHED: { aheadMs: 1, reason: 'the slot store did not answer' },
  SLOT_STORE_UNAVAILABLE: { store, reason: 'connect ECONNREFUSED 192.0.2.7:3306' },
};

export function hasExample(code: ErrorCode): boolean {
  return SAMPLES[code] !== undefined;
}

function exampleOf<C extends ErrorCode>(code: C, details: ErrorDetails<C>): Example {
  return { value: problemOf(new FrondError(code, details)) };
}

/** Problems as they are sent, by code. */
export const PROBLEM_EXAMPLES: Readonly<Record<string, Example>> = Object.fromEntries(
  SENT_CODES.filter(hasExample).map(code => [code, exampleOf(code, SAMPLES[code] as never)]),
);
