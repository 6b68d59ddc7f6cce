import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FrondError } from '../../src/errors.ts';
import { VirtualSystem } from '../support/virtual-system.ts';
import { type Front, openFront } from './fakes.ts';
import { ask, exchange, open, until } from './wire.ts';

const JSON_ACCEPT = { headers: { accept: 'application/json' } };

let front: Front;
beforeEach(async () => {
  front = await openFront();
});
afterEach(() => front.server.close());

describe('one ID', () => {
  it('comes bare, as text that no cache may keep', async () => {
    const first = await ask(front.port, '/id/segment/order');
    expect(first).toMatchObject({
      status: 200,
      text: '1000',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': '4', 'cache-control': 'no-store' },
    });
    // RFC 9110, section 6.6.1.
    expect(first.headers.date).toMatch(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/);
    expect(first.headers['frond-kind']).toBeUndefined();
  });

  it('goes on in order through the fast lane, and the same tag in another spelling shares it', async () => {
    const texts = [];
    for (const path of ['order', 'order', '%6Frder', 'order']) {
      texts.push((await ask(front.port, `/id/segment/${path}`)).text);
    }
    expect(texts).toEqual(['1000', '1001', '1002', '1003']);
  });

  it('comes as JSON with kind and tag when asked for, also from a URL that the fast lane knows', async () => {
    await ask(front.port, '/id/segment/order');
    const answer = await ask(front.port, '/id/segment/order', JSON_ACCEPT);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(answer.text)).toEqual({ id: '1001', kind: 'segment', tag: 'order' });
    const snowflake = await ask(front.port, '/id/snowflake', JSON_ACCEPT);
    expect(JSON.parse(snowflake.text)).toEqual({ id: '1000', kind: 'snowflake' });
  });

  it.each([
    ['text/html, application/json;q=0.9', true],
    ['APPLICATION/JSON', true],
    ['application/problem+json', false],
    ['application/jsonl', false],
    ['application/*', false],
    ['*/*', false],
  ])('takes Accept %j for JSON: %s', async (accept, json) => {
    const { headers } = await ask(front.port, '/id/snowflake', { headers: { accept } });
    expect(headers['content-type']!.startsWith('application/json')).toBe(json);
  });

  it('is a UUID of version 7, or 4 when asked', async () => {
    expect((await ask(front.port, '/id/uuid')).text).toMatch(/^00000000-0000-7/);
    expect((await ask(front.port, '/id/uuid')).text).toMatch(/^00000000-0000-7/);
    expect((await ask(front.port, '/id/uuid?version=4')).text).toMatch(/^00000000-0000-4/);
    expect((await ask(front.port, '/id/uuid?version=7&count=2')).text).toMatch(/^00000000-0000-7.*\n0.*\n$/);
  });

  it('is refused with the reason, and flows again on the same URL', async () => {
    const { mood } = front.service.snowflake!;
    expect((await ask(front.port, '/id/snowflake')).status).toBe(200);
    mood.refusal = new FrondError('CLOCK_BACKWARDS', { behindMs: 7214, limitMs: 5000 }, { retryAfterMs: 2214 });
    const refused = await ask(front.port, '/id/snowflake');
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '3' } });
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'CLOCK_BACKWARDS', retryable: true });
    mood.refusal = undefined;
    expect((await ask(front.port, '/id/snowflake')).text).toBe('1001');
  });

  it('of a retired tag is refused as unknown, though the fast lane knew its URL', async () => {
    await ask(front.port, '/id/segment/order');
    front.service.segment!.records.delete('order');
    for (let i = 0; i < 2; i++) expect((await ask(front.port, '/id/segment/order')).status).toBe(404);
  });

  it('becomes a 500 without inner words, and a log line with them, when a source throws', async () => {
    const system = new VirtualSystem();
    const thrower = await openFront({ system });
    const source = thrower.service.snowflake!.source();
    expect((await ask(thrower.port, '/id/snowflake')).status).toBe(200);
    source.tryNext = () => {
      throw new TypeError('secret words');
    };
    for (const path of ['/id/snowflake', '/id/snowflake?fallback=uuid']) {
      const answer = await ask(thrower.port, path);
      expect(answer.status).toBe(500);
      expect(answer.text).not.toContain('secret');
    }
    expect(system.logged('error').map(line => line.message)).toEqual(Array(2).fill('request failed: secret words'));
    const closed = thrower.server.close();
    await system.advance(10_000);
    await closed;
  });
});

describe('methods', () => {
  it('HEAD takes no ID and tells by the state', async () => {
    const head = await ask(front.port, '/id/snowflake', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'cache-control': 'no-store' } });
    front.service.snowflake!.state = 'refusing';
    const refusing = await ask(front.port, '/id/snowflake', { method: 'HEAD' });
    expect(refusing).toMatchObject({ status: 503, text: '', headers: { 'retry-after': '1' } });
    expect((await ask(front.port, '/id/snowflake?fallback=uuid', { method: 'HEAD' })).status).toBe(200);
    expect(front.service.snowflake!.source().taken).toBe(0n);
    expect(front.service.uuid.taken).toBe(0);
  });

  it('OPTIONS names the methods', async () => {
    const answer = await ask(front.port, '/id/segment/order', { method: 'OPTIONS' });
    expect(answer).toMatchObject({ status: 204, headers: { allow: 'GET, HEAD, OPTIONS' } });
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s is not allowed and takes no ID', async method => {
    await ask(front.port, '/id/segment/order');
    const answer = await ask(front.port, '/id/segment/order', {
      method,
      headers: { 'content-length': '1' },
      body: 'x',
    });
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, OPTIONS' } });
    expect(front.service.segment!.source('order').taken).toBe(1n);
  });
});

describe('connections', () => {
  it('answers pipelined requests in their order', async () => {
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const last = 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const text = await exchange(
      front.port,
      get('/id/snowflake') + get('/id/segment/order?count=2') + get('/id/snowflake') + last,
    );
    const bodies = text.split(/HTTP\/1\.1 /).map(answer => answer.split('\r\n\r\n')[1]);
    expect(bodies.slice(1)).toEqual(['1000', '1000\n1001\n', '1001', '{"status":"ok"}']);
  });

  it.each(['/id/segment/order', '/id/segment/order?count=5', '/id/segment/order?fallback=uuid'])(
    'ends the wait of %s when the client leaves',
    async path => {
      const { segment } = front.service;
      segment!.mood.hang = true;
      const source = segment!.source('order');
      const socket = await open(front.port, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await until(() => source.waiting === 1);
      socket.destroy();
      await until(() => source.aborted === 1);
      expect(source.taken).toBe(0n);
      await until(() => front.server.counters.meter('segment').statuses().length > 0);
      expect(front.server.counters.meter('segment').statuses()).toEqual([[499, 1]]);
    },
  );

  it('ends the waits of all pipelined requests when their client leaves', async () => {
    front.service.segment!.mood.hang = true;
    const source = front.service.segment!.source('order');
    const one = 'GET /id/segment/order HTTP/1.1\r\nHost: a\r\n\r\n';
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    const socket = await open(front.port, one.repeat(30));
    await until(() => source.waiting === 30);
    socket.destroy();
    await until(() => source.aborted === 30);
    process.off('warning', warn);
    expect(source.waiting).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('counts every request by its route and status', async () => {
    await ask(front.port, '/id/segment/order');
    await ask(front.port, '/id/segment/order');
    await ask(front.port, '/id/segment/none');
    await ask(front.port, '/id/segment/-');
    await ask(front.port, '/id/snowflake/ranges?count=3');
    await ask(front.port, '/id/nothing');
    const { counters } = front.server;
    expect(counters.meter('segment').statuses()).toEqual([
      [200, 2],
      [400, 1],
      [404, 1],
    ]);
    expect(counters.meter('segment').latency.count).toBe(4);
    expect(counters.meter('ranges').statuses()).toEqual([[200, 1]]);
    expect(counters.meter('other').statuses()).toEqual([[404, 1]]);
    expect(Object.fromEntries(counters.problems)).toEqual({ UNKNOWN_TAG: 1, INVALID_ARGUMENT: 1, NOT_FOUND: 1 });
  });
});
