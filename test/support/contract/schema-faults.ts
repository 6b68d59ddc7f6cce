import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Schema } from '../../../src/http/openapi/shapes.ts';
import { SEALED_DOCUMENT } from './sealed-document.ts';

const DOCUMENT_KEY = 'openapi.json';

const ajv = new Ajv2020({ strict: false, validateSchema: false });
addFormats.default(ajv);
ajv.addSchema(SEALED_DOCUMENT, DOCUMENT_KEY);

const compiled = new WeakMap<Schema, ValidateFunction>();

/** A schema is taken out of the document, so its references are made to lead back there. */
function anchored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(anchored);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === '$ref' ? `${DOCUMENT_KEY}${each}` : anchored(each)]),
  );
}

/** How a value departs from a schema of the API document; empty when it does not. */
export function schemaFaults(schema: Schema, value: unknown): readonly string[] {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(anchored(schema) as object);
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  return validate.errors!.map(({ instancePath, message, params }) =>
    `${instancePath} ${message} ${JSON.stringify(params)}`.trim(),
  );
}
