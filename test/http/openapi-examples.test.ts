import { describe, expect, it } from 'vitest';
import type { Content, Example, MediaType, Operation, Response } from '../../src/http/openapi/shapes.ts';
import { resolve } from '../support/contract/operations.ts';
import { schemaFaults } from '../support/contract/schema-faults.ts';
import { SEALED_DOCUMENT } from '../support/contract/sealed-document.ts';

const { paths, components } = SEALED_DOCUMENT;

/** Every media type of an operation or component, by where it is. */
function mediaTypes(): readonly (readonly [where: string, media: MediaType])[] {
  const found: [string, MediaType][] = [];
  const add = (where: string, content: Content = {}) => {
    for (const [type, media] of Object.entries(content)) found.push([`${where} ${type}`, media]);
  };
  const operations = Object.values(paths).flatMap(item => Object.values(item) as Operation[]);
  for (const { operationId, requestBody, responses } of operations) {
    add(`${operationId} body`, requestBody?.content);
    for (const [status, response] of Object.entries(responses)) {
      if (!('$ref' in response)) add(`${operationId} ${status}`, response.content);
    }
  }
  for (const [name, response] of Object.entries<Response>(components.responses)) add(name, response.content);
  return found;
}

/** Without an example: the document itself. */
const WITHOUT = ['openApi 200 application/json'];

describe('the examples of the API document', () => {
  it.each(mediaTypes())('%s has examples, all as its schema says', (where, { schema, examples = {} }) => {
    expect(Object.keys(examples).length > 0).toBe(!WITHOUT.includes(where));
    for (const example of Object.values(examples)) {
      expect(schemaFaults(schema, resolve<Example>(SEALED_DOCUMENT, example).value)).toEqual([]);
    }
  });

  it.each(Object.entries(components.parameters))('of parameter %s is as its schema says', (_name, parameter) => {
    expect(parameter.example).toBeDefined();
    expect(schemaFaults(parameter.schema, parameter.example)).toEqual([]);
  });
});
