import { ADMIN_PATHS } from './admin-paths.ts';
import { ADMIN_SCHEMAS } from './admin-schemas.ts';
import { DECODE_PATHS } from './decode-paths.ts';
import { HEADERS } from './headers.ts';
import { ID_PATHS } from './id-paths.ts';
import { ID_SCHEMAS } from './id-schemas.ts';
import { INFO_PATHS } from './info-paths.ts';
import { parametersOf } from './parameters.ts';
import { PROBLEM_EXAMPLES } from './problem-examples.ts';
import { PROBLEM_SCHEMAS } from './problem-schema.ts';
import { PROBLEM_RESPONSES } from './problems.ts';
import type { DocumentTerms, OpenApiDocument } from './shapes.ts';
import { STATUS_SCHEMAS } from './status-schemas.ts';

const DESCRIPTION = `64-bit IDs that are unique across machines: segments from a database, snowflakes, UUIDs.

Every refusal is \`application/problem+json\` with a stable \`code\`. A path that is not here answers as \`NotFound\`, a method that is not here as \`MethodNotAllowed\`, and a request that cannot be read as \`BadRequest\`, \`RequestTimeout\`, \`PayloadTooLarge\` or \`HeadersTooLarge\` of \`components/responses\`.

A request for IDs may be repeated after any failure: an ID that was lost on the way is a gap, never a duplicate.`;

const TAGS = [
  { name: 'IDs', description: 'One ID, many, or ranges of them.' },
  { name: 'Tags', description: 'The counters of segment IDs.' },
  { name: 'Workers', description: 'The worker IDs of snowflakes.' },
  { name: 'Instance', description: 'What an instance says of itself.' },
  { name: 'Leaf', description: 'The routes of Meituan Leaf, for its clients.' },
];

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  description:
    'A token with the scope `ids`, `admin` or `metrics`; never in the URL. Which routes ask for one is a matter of the configuration: without any tokens the ID routes, `/status` and `/metrics` are open, and the admin routes answer direct loopback callers only.',
};

/** The HTTP API as OpenAPI 3.1. */
export function openApiDocument(terms: DocumentTerms): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Frond',
      version: terms.version,
      summary: 'Distributed ID generation',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: terms.serverUrl, description: 'An instance.' }],
    tags: TAGS,
    paths: { ...ID_PATHS, ...ADMIN_PATHS, ...INFO_PATHS, ...DECODE_PATHS },
    components: {
      schemas: { ...PROBLEM_SCHEMAS, ...ID_SCHEMAS, ...ADMIN_SCHEMAS, ...STATUS_SCHEMAS },
      parameters: parametersOf(terms),
      headers: HEADERS,
      examples: PROBLEM_EXAMPLES,
      responses: PROBLEM_RESPONSES,
      securitySchemes: { bearer: BEARER },
    },
  };
}
