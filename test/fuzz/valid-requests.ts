import fc from 'fast-check';
import { METHODS, type Method, type Operation, type Parameter } from '../../src/http/openapi/shapes.ts';
import { resolve } from '../support/contract/operations.ts';
import { SEALED_DOCUMENT } from '../support/contract/sealed-document.ts';
import { validBodies } from './bodies.ts';
import { validTexts } from './schema-values.ts';

/** A request, and whether the document allows it. */
export interface FuzzRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  /** Undefined where the document leaves it open. */
  readonly isValid: boolean | undefined;
}

/** An operation with where it is. */
export interface Drawn {
  readonly template: string;
  readonly method: Method;
  readonly operation: Operation;
}

const OPERATIONS: readonly Drawn[] = Object.entries(SEALED_DOCUMENT.paths).flatMap(([template, item]) =>
  METHODS.flatMap(method => (item[method] === undefined ? [] : [{ template, method, operation: item[method] }])),
);

/** IDs are drawn most often, and what changes something more often than HEAD and OPTIONS. */
function weightOf({ method, template }: Drawn): number {
  if (method === 'head' || method === 'options') return 1;
  return template.startsWith('/id/') ? 6 : 3;
}

/** Requests of every operation, by what is drawn for each. */
export function ofAnyOperation(draw: (drawn: Drawn) => fc.Arbitrary<FuzzRequest>): fc.Arbitrary<FuzzRequest> {
  return fc.oneof(...OPERATIONS.map(each => ({ weight: weightOf(each), arbitrary: draw(each) })));
}

export const parametersOf = ({ operation }: Drawn): readonly Parameter[] =>
  (operation.parameters ?? []).map(each => resolve<Parameter>(SEALED_DOCUMENT, each));

/**
 * Tags in use, changed ones and unknown ones. Those that are changed are few, or the list of tags would grow all the
 * time; `demo` is none of them, or it would soon be at the end of its numbers.
 */
function tagNames(parameter: Parameter, method: Method): fc.Arbitrary<string> {
  const changed = fc.integer({ min: 0, max: 20 }).map(i => `fuzz-${i}`);
  if (method === 'put' || method === 'patch' || method === 'delete') return changed;
  const unknown = fc.oneof(validTexts(parameter), fc.constantFrom('a'.repeat(128), '0', 'A.b_c:d-e'));
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant('demo') },
    { weight: 3, arbitrary: changed },
    { weight: 1, arbitrary: unknown },
  );
}

function textsOf(parameter: Parameter, method: Method): fc.Arbitrary<string> {
  if (parameter.schema['maxLength'] === 128 && parameter.in === 'path') return tagNames(parameter, method);
  const example = fc.constant(String(parameter.example));
  return fc.oneof({ weight: 1, arbitrary: example }, { weight: 4, arbitrary: validTexts(parameter) });
}

/** Escapes what has to be, or everything. */
const escaped = (text: string, isWhole: boolean) =>
  isWhole
    ? [...Buffer.from(text)].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('')
    : encodeURIComponent(text);

/** The texts of an operation's parameters by place and name; those in the query may be left out when they may be. */
export type Texts = Readonly<Record<string, string | undefined>>;

function validParameters(drawn: Drawn): fc.Arbitrary<Texts> {
  const entries = parametersOf(drawn).map(parameter => {
    const texts: fc.Arbitrary<string | undefined> = textsOf(parameter, drawn.method);
    return [
      `${parameter.in} ${parameter.name}`,
      parameter.required ? texts : fc.option(texts, { nil: undefined }),
    ] as const;
  });
  return fc.record(Object.fromEntries(entries));
}

/** @param more pairs for the query, as they are written */
export function targetOf({ template }: Drawn, texts: Texts, isWhole: boolean, more: readonly string[] = []): string {
  const path = template.replaceAll(/\{([^}]*)\}/g, (_all, name: string) =>
    escaped(texts[`path ${name}`] ?? '', isWhole),
  );
  const pairs = Object.entries(texts).flatMap(([key, text]) =>
    key.startsWith('query ') && text !== undefined ? [`${key.slice(6)}=${escaped(text, isWhole)}`] : [],
  );
  const query = [...pairs, ...more].join('&');
  return query === '' ? path : `${path}?${query}`;
}

const accepts = fc.constantFrom(
  undefined,
  undefined,
  'application/json',
  '*/*',
  'text/html',
  'text/plain, application/json;q=0.5',
);

function headersOf(texts: Texts, accept: string | undefined, type: string | undefined): Record<string, string> {
  const own = Object.entries(texts).flatMap(([key, text]) =>
    key.startsWith('header ') && text !== undefined ? [[key.slice(7), text.replace(/[^\x21-\x7e]/g, '-')]] : [],
  );
  return {
    ...Object.fromEntries(own),
    ...(accept === undefined ? {} : { accept }),
    ...(type === undefined ? {} : { 'content-type': type }),
  };
}

/** Requests that the document allows. */
export const validRequests: fc.Arbitrary<FuzzRequest> = ofAnyOperation(drawn => {
  const types = Object.keys(drawn.operation.requestBody?.content ?? {});
  const isWhole = fc.integer({ min: 0, max: 9 }).map(i => i === 0);
  const type = types.length === 0 ? fc.constant(undefined) : fc.constantFrom(...types);
  const body = types.length === 0 ? fc.constant(undefined) : validBodies(drawn.method === 'patch');
  return fc.tuple(validParameters(drawn), isWhole, accepts, type, body).map(([texts, whole, accept, kind, text]) => ({
    method: drawn.method.toUpperCase(),
    target: targetOf(drawn, texts, whole),
    headers: headersOf(texts, accept, kind),
    body: text,
    isValid: true,
  }));
});
