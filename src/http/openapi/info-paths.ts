import { headers } from './headers.ts';
import { answer, json, operation, path, type Terms } from './operation.ts';
import type { Content, Operation, Paths } from './shapes.ts';

const CHECKS = { segment: 'ready', snowflake: 'ready', uuid: 'ready' };

const STATUS = {
  version: '0.1.0',
  ready: true,
  checks: CHECKS,
  segment: {
    kind: 'segment',
    state: 'ready',
    store: 'sqlite:./data/frond.db',
    failure: null,
    storeFailure: null,
    knownTags: 1,
    issued: '1008',
    tags: [
      {
        tag: 'demo',
        stepIds: 1000,
        issued: '1008',
        remaining: '992',
        secondsToEmpty: 900.5,
        waiters: 0,
        failure: null,
      },
    ],
  },
  snowflake: {
    kind: 'snowflake',
    state: 'ready',
    keeper: 'holding',
    store: 'local:./data/slots',
    failure: null,
    reason: null,
    workerId: 0,
    layout: { epochMs: 1288834974657, timeBits: 41, workerBits: 10, sequenceBits: 12 },
    issued: '0',
    waiters: 0,
  },
  uuid: { state: 'ready' },
};

const info = (terms: Omit<Terms, 'tag'>): Operation => operation({ tag: 'Instance', ...terms });

function plain(type: string, value: string): Content {
  return { [type]: { schema: { type: 'string', minLength: 1 }, examples: { answer: { value } } } };
}

const health = info({
  operationId: 'health',
  role: 'nobody',
  bad: [],
  summary: 'Whether the process is alive',
  good: { 200: answer('It answers.', json('Health', { status: 'ok' })) },
});

const readiness = info({
  operationId: 'readiness',
  role: 'nobody',
  bad: [],
  summary: 'Whether requests should come here',
  good: {
    200: answer('They should.', json('Ready', { status: 'ready', checks: CHECKS })),
    503: answer(
      'They should not: a kind refuses, or the instance stops.',
      json('NotReady', { status: 'not ready', checks: { ...CHECKS, segment: 'refusing' } }),
      headers('Retry-After'),
    ),
  },
});

const status = info({
  operationId: 'status',
  role: 'metrics',
  summary: 'What the instance does, for people',
  description: 'A parameter that is not listed is refused (400).',
  parameters: ['ShownTags', 'TagMatch', 'TagOrder'],
  bad: ['BadArgument', 'Unavailable'],
  good: { 200: answer('The state of every part. The example is shortened.', json('Status', STATUS)) },
});

const metrics = info({
  operationId: 'metrics',
  role: 'metrics',
  summary: 'Metrics for Prometheus',
  bad: ['Unavailable'],
  good: {
    200: answer(
      "Prometheus' text format.",
      plain('text/plain', '# TYPE frond_segment_ready gauge\nfrond_segment_ready 1\n'),
    ),
  },
});

const document = info({
  operationId: 'openApi',
  role: 'nobody',
  bad: [],
  summary: 'This document',
  good: {
    200: answer('OpenAPI 3.1, with the version and the bounds of this instance.', {
      'application/json': {
        schema: {
          type: 'object',
          properties: { openapi: { type: 'string', pattern: '^3\\.1\\.' } },
          required: ['openapi', 'info', 'paths', 'components'],
          additionalProperties: true,
        },
      },
    }),
  },
});

const index = info({
  operationId: 'index',
  role: 'nobody',
  bad: [],
  summary: 'The routes, for a person with curl; a page for a browser',
  good: {
    200: answer(
      'Text, or HTML where `Accept` names `text/html`.',
      {
        ...plain('text/plain', 'Frond 0.1.0\n\nGET  /id/segment/:tag              one ID of a tag; …'),
        ...plain('text/html', '<!doctype html>…'),
      },
      headers('Vary', 'Content-Security-Policy', 'Referrer-Policy'),
    ),
  },
});

const asset = info({
  operationId: 'pageFile',
  role: 'nobody',
  bad: ['NotFound'],
  summary: 'A file of the page',
  parameters: ['Asset'],
  good: {
    200: answer(
      'The file.',
      { ...plain('text/javascript', 'import …'), ...plain('text/css', ':root {…') },
      headers('Content-Security-Policy', 'Referrer-Policy'),
    ),
  },
});

/** What an instance says of itself. */
export const INFO_PATHS: Paths = {
  '/': path(index),
  '/dashboard/{file}': path(asset),
  '/healthz': path(health),
  '/readyz': path(readiness),
  '/status': path(status),
  '/metrics': path(metrics),
  '/openapi.json': path(document),
};
