import { resolveConfig } from '../../../src/config.ts';
import { openApiDocument } from '../../../src/http/openapi/document.ts';
import { limitsOf } from '../../../src/http/openapi/limits.ts';
import type { OpenApiDocument } from '../../../src/http/openapi/shapes.ts';

/** A schema that lists fields and does not say that there may be others, allows no others. */
function seal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(seal);
  if (typeof value !== 'object' || value === null) return value;
  const sealed = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, seal(each)]));
  const isClosed = sealed['type'] === 'object' && 'properties' in sealed && !('additionalProperties' in sealed);
  return isClosed ? { ...sealed, additionalProperties: false } : sealed;
}

/**
 * The API document for tests. Readers of the document must expect new fields in answers; here an answer must have none
 * that the document lacks.
 */
export const SEALED_DOCUMENT = seal(
  openApiDocument({ version: '0.0.0', serverUrl: '/', limits: limitsOf(resolveConfig({})) }),
) as OpenApiDocument;
