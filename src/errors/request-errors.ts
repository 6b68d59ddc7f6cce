import { row, show } from './row.ts';

/** Refusals of the HTTP front. */
export const REQUEST_ERRORS = {
  MALFORMED_REQUEST: row(
    400,
    false,
    'The request is not valid HTTP',
    'Send a well-formed HTTP/1.1 request.',
    (d: { reason: string }) => `The request could not be read: ${d.reason}`,
  ),
  TOKEN_IN_URL: row(
    400,
    false,
    'A token is in the URL',
    'Send "Authorization: Bearer <token>", and replace this token: URLs are logged on their way.',
    (_: Record<never, never>) => 'The query holds what looks like a token',
  ),
  UNAUTHORIZED: row(
    401,
    false,
    'A bearer token is missing or wrong',
    'Send "Authorization: Bearer <token>" with a token of FROND_TOKENS_FILE, or FROND_ADMIN_TOKEN.',
    (d: { resource: string; reason: 'missing' | 'invalid' | 'expired' }) =>
      `${d.resource} needs a valid bearer token; ${d.reason === 'missing' ? 'there is none' : `the given one is ${d.reason === 'expired' ? 'expired' : 'unknown'}`}`,
  ),
  FORBIDDEN: row(
    403,
    false,
    'Not allowed to this caller',
    'Use a token that has the scope.',
    (d: { token: string; scope: string } | { resource: string }) =>
      'scope' in d
        ? `The token ${d.token} does not have the scope ${d.scope}`
        : `${d.resource} answers only to direct loopback callers while no token is configured: call from the host itself, or configure one`,
  ),
  NOT_FOUND: row(
    404,
    false,
    'No such resource',
    'GET / lists the routes.',
    (d: { path: string }) => `Nothing answers at ${show(d.path)}`,
  ),
  METHOD_NOT_ALLOWED: row(
    405,
    false,
    'The method is not allowed here',
    'Use one of the methods in the Allow header.',
    (d: { method: string; allow: string }) => `Method ${show(d.method)} is not allowed; allowed: ${d.allow}`,
  ),
  REQUEST_TIMEOUT: row(
    408,
    true,
    'The request did not arrive in time',
    'Send the whole request at once.',
    (_: Record<never, never>) => 'The request was not complete within the time allowed',
  ),
  PAYLOAD_TOO_LARGE: row(
    413,
    false,
    'The body is too large',
    'Send a smaller body.',
    (d: { limitBytes: number }) => `The body is larger than ${d.limitBytes} bytes`,
  ),
  UNSUPPORTED_MEDIA_TYPE: row(
    415,
    false,
    'The body is not JSON',
    'Send "Content-Type: application/json".',
    (d: { contentType: string }) => `Content-Type ${show(d.contentType)} is not supported`,
  ),
  HEADERS_TOO_LARGE: row(
    431,
    false,
    'The header fields are too large',
    'Send fewer or smaller header fields.',
    (_: Record<never, never>) => 'The header fields are larger than this server accepts',
  ),
  RATE_LIMITED: row(
    429,
    true,
    'Asked for too often',
    'Try again after Retry-After, ask less often, or raise FROND_TAG_LIMIT_IDS_PER_S or FROND_CLIENT_LIMIT_REQUESTS_PER_S.',
    (d: { limit: 'tag' | 'client'; perSecond: number; burst: number; left: number }) =>
      `This ${d.limit} has ${d.perSecond} ${d.limit === 'tag' ? 'IDs' : 'requests'} a second here (${d.burst} at once), and ${d.left} left`,
  ),
  OVERLOADED: row(
    503,
    true,
    'There is more to do than can be done',
    'Try again after Retry-After; single IDs are given all the same.',
    (d: { work: 'wait' | 'batch' | 'route'; reason: string }) =>
      `Refused so that the rest is answered in time (${d.work}): ${d.reason}`,
  ),
} as const;
