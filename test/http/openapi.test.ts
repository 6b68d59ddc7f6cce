import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { Express } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiPage } from '../../docs/generate.ts';
import { createRoutes } from '../../src/http/app.ts';
import { isIdPath, parseIdPath } from '../../src/http/id-path.ts';
import { SENT_CODES } from '../../src/http/openapi/problem-codes.ts';
import { METHODS, type OpenApiDocument, type Operation } from '../../src/http/openapi/shapes.ts';
import { HttpCounters } from '../../src/metrics/http-counters.ts';
import { realSystem } from '../../src/system/system.ts';
import { findOperation } from '../support/contract/operations.ts';
import { FakeService, type Front, openFront, openGate } from './fakes.ts';
import { ask } from './wire.ts';

const DOCUMENT = JSON.parse(openApiPage()) as OpenApiDocument;
const TEMPLATES = Object.keys(DOCUMENT.paths);

/** A path of a template, with a text in the place of each parameter. */
const filled = (template: string) => template.replaceAll(/\{[^}]*\}/g, '7');

const OPERATIONS = TEMPLATES.flatMap(template =>
  METHODS.flatMap(method => {
    const operation: Operation | undefined = DOCUMENT.paths[template]![method];
    return operation === undefined ? [] : [{ template, method, operation }];
  }),
);

/** Paths with the methods that have handlers, as the routers know them. */
function expressRoutes(app: Express): Map<string, Set<string>> {
  const routes = new Map<string, Set<string>>();
  const walk = (stack: Express['router']['stack']): void => {
    for (const { route, handle } of stack) {
      if (route === undefined) {
        const inner = (handle as unknown as { stack?: Express['router']['stack'] }).stack;
        if (inner === undefined) throw new Error('a handler without a path: the document cannot tell what it answers');
        walk(inner);
        continue;
      }
      const methods = route.stack.map(layer => layer.method).filter(method => method !== undefined);
      routes.set(route.path.replaceAll(/:(\w+)/g, '{$1}'), new Set(methods));
    }
  };
  walk(app.router.stack);
  return routes;
}

/** Every path that the ID front takes, over all words in its source, up to the length of the longest. */
function idPaths(): readonly string[] {
  const source = readFileSync(new URL('../../src/http/id-path.ts', import.meta.url), 'utf8');
  const words = new Set(['7', ...[...source.matchAll(/'(\/[\w/]*)'/g)].flatMap(([, text]) => text!.split('/'))]);
  words.delete('');
  let paths = [''];
  const found: string[] = [];
  for (let depth = 0; depth < 5; depth++) {
    paths = paths.flatMap(path => [...words].map(word => `${path}/${word}`));
    found.push(...paths.filter(path => isIdPath(path) && parseIdPath(path) !== undefined));
  }
  return found;
}

let front: Front;
beforeAll(async () => {
  front = await openFront({ settings: { maxCountIds: 77, maxRangeIds: 770, sequenceBits: 5, waitDeadlineMs: 2 } });
});
afterAll(() => front.server.close());

describe('the API document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator({ strict: false });
    expect(await validator.validate(JSON.parse(openApiPage()))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('is served with the version and the bounds of the instance, else as it is in docs/', async () => {
    const answer = await ask(front.port, '/openapi.json');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const served = JSON.parse(answer.text) as OpenApiDocument;
    expect(served).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' }, servers: [{ url: '/' }] });
    const maximum = (name: string) => served.components.parameters[name]!.schema['maximum'];
    const counts = ['Count', 'RangeCount', 'SnowflakeCount', 'SnowflakeRangeCount'];
    expect(counts.map(maximum)).toEqual([77, 770, 77, 96]);
    expect(served.paths).toEqual(DOCUMENT.paths);
    expect(served.components.schemas).toEqual(DOCUMENT.components.schemas);
  });

  it('has every operation once', () => {
    const ids = OPERATIONS.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('knows every code that is sent, and sends every code that it knows', () => {
    const codes = Object.values(DOCUMENT.components.responses).flatMap(({ content }) => {
      const { code } = content!['application/problem+json']!.schema['properties'] as { code?: { enum: string[] } };
      return code?.enum ?? [];
    });
    expect([...new Set(codes)].sort()).toEqual([...SENT_CODES].sort());
    const used = new Set(
      OPERATIONS.flatMap(({ operation }) =>
        Object.values(operation.responses).map(each => '$ref' in each && each.$ref),
      ),
    );
    const unused = Object.keys(DOCUMENT.components.responses).filter(
      name => !used.has(`#/components/responses/${name}`),
    );
    expect(unused).toEqual(['MethodNotAllowed']);
  });
});

describe('routes and document', () => {
  const routes = expressRoutes(
    createRoutes({
      service: new FakeService(),
      system: realSystem,
      counters: new HttpCounters(),
      gate: openGate(),
      limits: { maxCountIds: 1, maxRangeIds: 1 },
      isDraining: () => false,
    }),
  );

  it.each([...routes])('%s is in the document with its methods', (path, methods) => {
    const item = DOCUMENT.paths[path];
    expect(item, `no path ${path}`).toBeDefined();
    for (const method of methods) expect(Object.keys(item!)).toContain(method);
  });

  it('the paths of IDs are those of the document', () => {
    const paths = idPaths();
    const found = paths.map(path => findOperation(DOCUMENT, 'GET', path).template);
    expect(paths.filter((_path, i) => found[i] === undefined)).toEqual([]);
    const expected = TEMPLATES.filter(template => /^\/(?:id|api)\//.test(template));
    expect(new Set(found)).toEqual(new Set(expected));
  });

  it.each(TEMPLATES)('%s of the document is a route', template => {
    if (isIdPath(template)) expect(parseIdPath(filled(template))).toBeDefined();
    else expect([...routes.keys()]).toContain(template);
  });

  it.each(TEMPLATES)('%s allows the methods of the document and no others', async template => {
    const answer = await ask(front.port, filled(template), { method: 'OPTIONS' });
    const allowed = String(answer.headers.allow).toLowerCase().split(', ').sort();
    expect(allowed).toEqual(Object.keys(DOCUMENT.paths[template]!).sort());
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']) {
      const { status } = await ask(front.port, filled(template), { method });
      expect(status === 405, `${method} gave ${status}`).toBe(!allowed.includes(method.toLowerCase()));
    }
  });
});
