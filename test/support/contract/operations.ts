import {
  METHODS,
  type Method,
  type OpenApiDocument,
  type Operation,
  type Reference,
  type Response,
} from '../../../src/http/openapi/shapes.ts';

export interface Found {
  /** The path as the document has it; undefined when it has none like it. */
  readonly template: string | undefined;
  readonly operation: Operation | undefined;
  /** A parameter in the path is the empty text: the path may as well count as unknown. */
  readonly hasGap: boolean;
}

/** The path of a target in origin or absolute form, without its query. */
export function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  return path.startsWith('/') ? path : `/${path}`;
}

function isMethod(name: string): name is Method {
  return (METHODS as readonly string[]).includes(name);
}

const sorted = new WeakMap<OpenApiDocument, readonly string[]>();

function templatesOf(document: OpenApiDocument): readonly string[] {
  let templates = sorted.get(document);
  if (templates === undefined) {
    templates = Object.keys(document.paths).sort((a, b) => Number(a.includes('{')) - Number(b.includes('{')));
    sorted.set(document, templates);
  }
  return templates;
}

/** The operation of a request: paths without parameters first, as the document format wants it. */
export function findOperation(document: OpenApiDocument, method: string, target: string): Found {
  const asked = pathOf(target).split('/');
  const fits = (template: string) => {
    const parts = template.split('/');
    return parts.length === asked.length && parts.every((part, i) => part === asked[i] || part.startsWith('{'));
  };
  const template = templatesOf(document).find(fits);
  if (template === undefined) return { template, operation: undefined, hasGap: false };
  const name = method.toLowerCase();
  const operation = isMethod(name) && method === name.toUpperCase() ? document.paths[template]![name] : undefined;
  const hasGap = template.split('/').some((part, i) => part.startsWith('{') && asked[i] === '');
  return { template, operation, hasGap };
}

/** What a reference points to in the document. */
export function resolve<T extends object>(document: OpenApiDocument, value: T | Reference): T {
  if (!('$ref' in value)) return value;
  let at: unknown = document;
  for (const key of value.$ref.slice(2).split('/')) at = (at as Record<string, unknown>)[key];
  if (at === undefined) throw new Error(`${value.$ref} points to nothing`);
  return at as T;
}

/** Responses that need no operation, by their names in the document. */
export function namedResponses(document: OpenApiDocument, names: readonly string[]): readonly Response[] {
  return names.map(name => resolve<Response>(document, { $ref: `#/components/responses/${name}` }));
}
