import { headers } from './headers.ts';
import type { ParameterName } from './parameters.ts';
import { type ProblemName, refusals } from './problems.ts';
import { reference } from './reference.ts';
import type { Content, Method, Operation, PathItem, Reference, Response, Responses, Security } from './shapes.ts';

const NO_STORE = headers('Cache-Control', 'X-Content-Type-Options');

/** A good answer with a body. */
export function answer(description: string, content: Content, more: Response['headers'] = {}): Response {
  return { description, headers: { ...NO_STORE, ...more }, content };
}

/** JSON of a named schema, with an example. */
export function json(schema: string, value: unknown): Content {
  return { 'application/json': { schema: reference('schemas', schema), examples: { answer: { value } } } };
}

/** What a token needs, where tokens are asked for. */
export type Role = 'ids' | 'admin' | 'metrics' | 'nobody';

function securityOf(role: Role): readonly Security[] {
  return role === 'nobody' ? [] : [{ bearer: [role] }, {}];
}

export interface Terms {
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly role: Role;
  readonly parameters?: readonly ParameterName[];
  readonly requestBody?: NonNullable<Operation['requestBody']>;
  /** By status. */
  readonly good: Responses;
  /** Its own refusals, besides those that any operation may answer. */
  readonly bad: readonly ProblemName[];
}

/** An operation out of its good answers and its refusals. */
export function operation(terms: Terms): Operation {
  const { operationId, tag, summary, description, role, parameters = [], requestBody, good, bad } = terms;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: securityOf(role),
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(name => reference('parameters', name)) }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: { ...good, ...refusals(role === 'nobody', bad) },
  };
}

function withoutBody(response: Response | Reference): Response | Reference {
  if ('$ref' in response) return response;
  const { content: _, ...rest } = response;
  return rest;
}

/** What a HEAD has in place of its GET's. */
export interface HeadTerms {
  readonly summary?: string;
  readonly parameters?: readonly ParameterName[];
}

/** HEAD beside a GET: the same answers without their bodies. */
function headOf(
  get: Operation,
  { summary = 'The headers of GET, without its body', parameters }: HeadTerms,
): Operation {
  const responses = Object.entries(get.responses).map(([status, each]) => [status, withoutBody(each)]);
  const { description: _, ...rest } = get;
  return {
    ...rest,
    operationId: `${get.operationId}Head`,
    summary,
    ...(parameters === undefined ? {} : { parameters: parameters.map(name => reference('parameters', name)) }),
    responses: Object.fromEntries(responses),
  };
}

function optionsOf(
  { operationId, tags, security }: Operation,
  parameters: Operation['parameters'],
  isPatched: boolean,
): Operation {
  const named = headers('Cache-Control', 'Allow', ...(isPatched ? (['Accept-Patch'] as const) : []));
  return {
    operationId: `${operationId}Options`,
    tags,
    summary: 'The methods of this path',
    security: [],
    ...(parameters === undefined ? {} : { parameters }),
    responses: {
      204: { description: 'The methods, in a header.', headers: named },
      ...refusals(true, [
        // What is not free to all is counted whatever its method.
        ...(security.length === 0 ? [] : (['TooManyRequests'] as const)),
        // A path may be looked at as a whole before its method is.
        ...(parameters === undefined ? [] : (['BadArgument'] as const)),
      ]),
    },
  };
}

/** The components that are in the path: OPTIONS has them, too. */
const IN_PATH = /\/(?:Tag|LeafTag|LeafKey|Id|Asset)$/;

/** A path with its GET, the HEAD and OPTIONS that come with it, and other methods. */
export function path(
  get: Operation,
  others: { readonly [M in Method]?: Operation } = {},
  head: HeadTerms = {},
): PathItem {
  const inPath = get.parameters?.filter(each => '$ref' in each && IN_PATH.test(each.$ref));
  const options = optionsOf(get, inPath?.length === 0 ? undefined : inPath, others.patch !== undefined);
  return { get, head: headOf(get, head), options, ...others };
}
