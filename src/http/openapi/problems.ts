import type { ErrorRow } from '../../errors/row.ts';
import { ERRORS, type ErrorCode } from '../../errors.ts';
import { type HeaderName, headers } from './headers.ts';
import { codesWith, type ErrorArea } from './problem-codes.ts';
import { hasExample } from './problem-examples.ts';
import { reference } from './reference.ts';
import type { Content, Response, Responses } from './shapes.ts';

/** Headers that come with a status, besides those of every answer. */
const MORE_HEADERS: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  405: ['Allow'],
  415: ['Accept-Patch'],
  429: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  503: ['Retry-After'],
};

function contentOf(codes: readonly ErrorCode[], status: number): Content {
  const shown = codes.filter(hasExample);
  return {
    'application/problem+json': {
      schema: {
        ...reference('schemas', 'Problem'),
        properties: { status: { const: status }, ...(codes.length === 0 ? {} : { code: { enum: codes } }) },
      },
      ...(shown.length === 0
        ? {}
        : { examples: Object.fromEntries(shown.map(code => [code, reference('examples', code)])) }),
    },
  };
}

/** The answer with one of `codes`, all of which have `status`. */
export function problem(status: number, codes: readonly ErrorCode[]): Response {
  const titles = codes.map(code => `\`${code}\`: ${(ERRORS[code] as unknown as ErrorRow<unknown>).title}.`);
  return {
    description: titles.length === 0 ? 'Refused for now.' : titles.join('\n'),
    headers: headers('Cache-Control', 'X-Content-Type-Options', ...(MORE_HEADERS[status] ?? [])),
    content: contentOf(codes, status),
  };
}

const unavailable = (...areas: readonly ErrorArea[]) => codesWith(503, ...areas);

/** Every set of codes that some operation answers with one status, by the name of its component. */
const CODES = {
  BadRequest: ['MALFORMED_REQUEST', 'TOKEN_IN_URL'],
  BadArgument: ['MALFORMED_REQUEST', 'TOKEN_IN_URL', 'INVALID_ARGUMENT'],
  Unauthorized: codesWith(401, 'any'),
  Forbidden: codesWith(403, 'any'),
  NotFound: ['NOT_FOUND'],
  ModeOff: ['MODE_OFF'],
  NoTag: ['MODE_OFF', 'UNKNOWN_TAG'],
  MethodNotAllowed: ['METHOD_NOT_ALLOWED'],
  RequestTimeout: ['REQUEST_TIMEOUT'],
  TagWouldRewind: ['TAG_WOULD_REWIND'],
  TagExists: ['TAG_EXISTS'],
  PayloadTooLarge: ['PAYLOAD_TOO_LARGE'],
  UnsupportedMediaType: ['UNSUPPORTED_MEDIA_TYPE'],
  TooManyRequests: codesWith(429, 'any'),
  HeadersTooLarge: ['HEADERS_TOO_LARGE'],
  Defect: ['INTERNAL'],
  Unavailable: unavailable('any'),
  SegmentUnavailable: unavailable('any', 'segment'),
  // Slots are kept in stores, too.
  SnowflakeUnavailable: [...unavailable('any', 'snowflake'), 'STORE_NOT_INITIALISED', 'STORE_DAMAGED'],
} as const satisfies Record<string, readonly ErrorCode[]>;

type ProblemName = keyof typeof CODES;

const statusOf = (name: ProblemName): number => ERRORS[CODES[name][0]!].status;

/** Every refusal, by the name of its component. */
export const PROBLEM_RESPONSES = Object.fromEntries(
  Object.entries(CODES).map(([name, codes]) => [name, problem(statusOf(name as ProblemName), codes)]),
) as Readonly<Record<ProblemName, Response>>;

/** Refusals of a request that could not be read: nothing is known of its path. */
export const UNREADABLE: readonly ProblemName[] = [
  'BadRequest',
  'RequestTimeout',
  'PayloadTooLarge',
  'HeadersTooLarge',
];

/** What every operation may answer. */
const COMMON: readonly ProblemName[] = ['RequestTimeout', 'PayloadTooLarge', 'HeadersTooLarge', 'Defect'];
/** What an operation may answer that looks at tokens and limits. */
const GUARDED: readonly ProblemName[] = ['Unauthorized', 'Forbidden', 'TooManyRequests'];

/** The refusals of an operation, one for each status. */
export function refusals(isFree: boolean, names: readonly ProblemName[]): Responses {
  const all: ProblemName[] = [...COMMON, ...(isFree ? [] : GUARDED), ...names];
  if (!names.includes('BadArgument')) all.push('BadRequest');
  return Object.fromEntries(all.map(name => [statusOf(name), reference('responses', name)]));
}

export type { ProblemName };
