import { PATCH_TYPES } from '../tag-body-types.ts';
import { reference } from './reference.ts';
import type { Header, Reference } from './shapes.ts';

const text = (description: string, required: boolean): Header => ({
  description,
  required,
  schema: { type: 'string', minLength: 1 },
});

/** Every header of an answer that is Frond's own matter. */
export const HEADERS = {
  'Cache-Control': {
    description: 'No answer may be kept: an ID that a cache gave twice would be a duplicate.',
    required: true,
    schema: { const: 'no-store' },
  },
  'X-Content-Type-Options': {
    description: 'Forbids browsers to guess another type. The bare text of a single ID may come without it.',
    schema: { const: 'nosniff' },
  },
  'Retry-After': {
    description: 'Whole seconds after which the same request can succeed; on every 429 and 503 that is `retryable`.',
    schema: { type: 'integer', minimum: 1 },
  },
  'Frond-Kind': {
    description: 'The kind of ID that answered; on every answer to a request with `fallback`, and on no other.',
    schema: { enum: ['segment', 'snowflake', 'uuid'] },
  },
  Allow: text('The methods of this path.', true),
  'Accept-Patch': {
    description: 'The content types that PATCH takes (RFC 5789).',
    schema: { const: PATCH_TYPES.join(', ') },
  },
  'WWW-Authenticate': text('What token is asked for, and what was wrong with the given one (RFC 6750).', false),
  Vary: text('The request headers by which the answer was chosen.', false),
  'Content-Security-Policy': text('With a part of the page: what it may load.', false),
  'Referrer-Policy': text('With a part of the page: what others are told of its address.', false),
  RateLimit: text('With a 429: what is left of the limit, and in how many seconds enough will be.', false),
  'RateLimit-Policy': text('With a 429: how much the limit lets through, and in how many seconds.', false),
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof HEADERS;

/** References to headers, by their names. */
export function headers(...names: readonly HeaderName[]): Readonly<Record<string, Reference>> {
  return Object.fromEntries(names.map(name => [name, reference('headers', name)]));
}
