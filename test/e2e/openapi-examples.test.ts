import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation, Parameter, Response } from '../../src/http/openapi/shapes.ts';
import { resolve } from '../support/contract/operations.ts';
import { SEALED_DOCUMENT } from '../support/contract/sealed-document.ts';
import { Service } from '../support/service.ts';

/** The parameters of an example: the required ones, and the count of three where there are many IDs. */
function targetOf(template: string, operation: Operation, isMany: boolean): string {
  const parameters = (operation.parameters ?? []).map(each => resolve<Parameter>(SEALED_DOCUMENT, each));
  const path = template.replaceAll(/\{([^}]*)\}/g, (_all, name) =>
    String(parameters.find(each => each.in === 'path' && each.name === name)!.example),
  );
  const query = parameters.filter(each => each.in === 'query' && (each.required || (isMany && each.name === 'count')));
  return query.length === 0 ? path : `${path}?${query.map(each => `${each.name}=${each.example}`).join('&')}`;
}

/** Digits of IDs, UUIDs and times differ; everything else of the text does not. */
const maskedText = (text: string) =>
  text.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'uuid').replace(/\d+/g, '0');

/** What an example and an answer have in common: fields in their order, and the kinds of their values. */
function shapeOf(value: unknown): unknown {
  if (value === null || typeof value === 'number') return 'number or null';
  if (typeof value === 'string') return /^[\d-]/.test(value) ? maskedText(value) : 'text';
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shapeOf(each)]));
}

const EXAMPLES = Object.entries(SEALED_DOCUMENT.paths).flatMap(([template, { get }]) =>
  Object.entries((get!.responses[200] as Response).content!).flatMap(([type, { examples = {} }]) =>
    Object.entries(examples).map(([name, example]) => {
      const target = targetOf(template, get!, name === 'many');
      return { target, type, value: (example as { value: unknown }).value };
    }),
  ),
);

describe('the examples of the API document', () => {
  const service = new Service();
  beforeAll(async () => {
    await service.start();
    await service.ready();
  });
  afterAll(() => service.remove());

  // HTML and CSS are for the browser tests.
  it.each(EXAMPLES.filter(({ type }) => !/html|css/.test(type)))(
    'answers $target with $type as shown',
    async ({ target, type, value }) => {
      const answer = await service.get(target, { accept: type });
      expect([answer.status, String(answer.headers['content-type']).split(';')[0]]).toEqual([200, type]);
      if (type !== 'application/json') {
        const [first] = String(value).split('…');
        expect(maskedText(answer.text)).toContain(maskedText(first!));
        return;
      }
      // The example of /status is shortened.
      expect(shapeOf(JSON.parse(answer.text))).toMatchObject(shapeOf(value) as object);
    },
  );
});
