import { UNREADABLE } from '../../../src/http/openapi/problems.ts';
import type { Header, MediaType, Response } from '../../../src/http/openapi/shapes.ts';
import { findOperation, namedResponses, resolve } from './operations.ts';
import { schemaFaults } from './schema-faults.ts';
import { SEALED_DOCUMENT } from './sealed-document.ts';

/** One request with its answer. */
export interface Exchanged {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** Matters of HTTP itself, which no document of an API lists. */
const TRANSPORT = ['content-type', 'content-length', 'date', 'connection', 'keep-alive', 'transfer-encoding'];

/** The responses of which the answer has to be one. */
function candidatesOf({ method, target, status }: Exchanged): readonly Response[] | string {
  const { template, operation, hasGap } = findOperation(SEALED_DOCUMENT, method, target);
  const anywhere = [...UNREADABLE, 'TooManyRequests', 'Defect'];
  const ofStatus = (names: readonly string[]) =>
    namedResponses(SEALED_DOCUMENT, names).filter(each => statusOf(each) === status);
  if (template === undefined) return ofStatus(['NotFound', ...anywhere]);
  // A path may be looked at as a whole before its method is.
  const inPath = template.includes('{') ? ['BadArgument'] : [];
  if (operation === undefined) {
    return ofStatus(['MethodNotAllowed', ...inPath, ...anywhere, ...(hasGap ? ['NotFound'] : [])]);
  }
  const own = operation.responses[status];
  if (own === undefined && !(hasGap && status === 404)) return `${operation.operationId} has no answer ${status}`;
  return [
    ...(own === undefined ? [] : [resolve<Response>(SEALED_DOCUMENT, own)]),
    ...(hasGap ? ofStatus(['NotFound']) : []),
  ];
}

/** The status that a named response is about. */
function statusOf({ content }: Response): number | undefined {
  const schema = content?.['application/problem+json']?.schema as
    | { properties: { status: { const: number } } }
    | undefined;
  return schema?.properties.status.const;
}

function headerFaults({ headers = {} }: Response, { headers: given }: Exchanged): readonly string[] {
  const known = new Set(TRANSPORT);
  const faults: string[] = [];
  for (const [name, entry] of Object.entries(headers)) {
    known.add(name.toLowerCase());
    const { required = false, schema } = resolve<Header>(SEALED_DOCUMENT, entry);
    const value = given[name.toLowerCase()];
    if (value === undefined) {
      if (required) faults.push(`header ${name} is missing`);
      continue;
    }
    const typed = schema['type'] === 'integer' ? Number(value) : value;
    faults.push(...schemaFaults(schema, typed).map(fault => `header ${name}: ${JSON.stringify(value)}${fault}`));
  }
  const strangers = Object.keys(given).filter(name => !known.has(name));
  return [...faults, ...strangers.map(name => `header ${name} is not in the document`)];
}

function bodyFaults({ content }: Response, { method, headers, text }: Exchanged): readonly string[] {
  if (method === 'HEAD' || content === undefined)
    return text === '' ? [] : [`a body where none may be: ${text.slice(0, 80)}`];
  const type = String(headers['content-type'] ?? '').split(';', 1)[0]!;
  const media: MediaType | undefined = content[type];
  if (media === undefined) return [`content type ${JSON.stringify(type)} is not in the document`];
  if (!/json$/.test(type)) return schemaFaults(media.schema, text);
  try {
    return schemaFaults(media.schema, JSON.parse(text));
  } catch (error) {
    return [`the body is no JSON: ${String(error)}`];
  }
}

/** What the document says in words. */
function ruleFaults({ method, target, status, headers, text }: Exchanged): readonly string[] {
  const faults: string[] = [];
  if (method === 'HEAD') return faults;
  const isProblem = headers['content-type']?.includes('problem+json') ?? false;
  if (isProblem) {
    const { code, type, retryable } = JSON.parse(text) as { code: string; type: string; retryable: boolean };
    if (type !== `urn:frond:error:${code}`) faults.push(`type ${type} is not that of ${code}`);
    const mayWait = retryable && (status === 429 || status === 503);
    if (mayWait !== 'retry-after' in headers) faults.push(`Retry-After and retryable ${retryable} disagree`);
  }
  const maySwitch = method === 'GET' && status === 200 && target.startsWith('/id/') && /[?&]fallback=/.test(target);
  if (maySwitch !== 'frond-kind' in headers) faults.push(`Frond-Kind ${maySwitch ? 'is missing' : 'is out of place'}`);
  return faults;
}

/** How an answer departs from the API document; empty when it does not. */
export function faultsIn(exchanged: Exchanged): readonly string[] {
  const candidates = candidatesOf(exchanged);
  if (typeof candidates === 'string') return [candidates];
  if (candidates.length === 0) return [`no answer ${exchanged.status} at this path and method`];
  const faults = candidates.map(response => {
    const formal = [...headerFaults(response, exchanged), ...bodyFaults(response, exchanged)];
    return formal.length > 0 ? formal : ruleFaults(exchanged);
  });
  return faults.find(each => each.length === 0) ?? faults[0]!;
}

/** An answer to nobody knows what: how it departs from every answer that the document has; empty when one fits. */
function faultsInAny(exchanged: Exchanged): readonly string[] {
  const own = faultsIn(exchanged);
  const fitsOne = ['/not/any', ...Object.keys(SEALED_DOCUMENT.paths)].some(template =>
    ['GET', 'OPTIONS', 'PUT', 'POST'].some(method => faultsIn({ ...exchanged, method, target: template }).length === 0),
  );
  return own.length === 0 || fitsOne ? [] : own;
}

/**
 * Fails when an answer departs from the API document.
 * @param isAsked false where it cannot be told which request it answers
 */
export function assertContract(exchanged: Exchanged, isAsked = true): void {
  const faults = isAsked ? faultsIn(exchanged) : faultsInAny(exchanged);
  if (faults.length === 0) return;
  const { method, target, status, headers, text } = exchanged;
  throw new Error(
    `${method} ${target.slice(0, 200)} answered ${status} against docs/openapi.json:\n  ${faults.join('\n  ')}\n${JSON.stringify(headers)}\n${text.slice(0, 500)}`,
  );
}
