import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Front, openFront } from './fakes.ts';
import { ask, until } from './wire.ts';

let front: Front;
beforeEach(async () => {
  front = await openFront();
});
afterEach(() => front.server.close());

describe('decode', () => {
  it('tells what a snowflake ID says', async () => {
    const timeMs = 1_700_000_000_123;
    const id = (BigInt(timeMs - 1_288_834_974_657) << 22n) | (5n << 12n) | 7n;
    const answer = await ask(front.port, `/decode/${id}`);
    expect(JSON.parse(answer.text)).toEqual({
      id: String(id),
      kind: 'snowflake',
      time: '2023-11-14T22:13:20.123Z',
      timeMs,
      workerId: 5,
      sequence: 7,
    });
  });

  it.each(['abc', '-1', '1.0', '12345678901234567890', '9223372036854775808', '%20'])('refuses %s', async id => {
    const answer = await ask(front.port, `/decode/${id}`);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
  });
});

describe('health and information', () => {
  it('is alive while it answers, and ready when the service says so', async () => {
    expect(await ask(front.port, '/healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    const ready = await ask(front.port, '/readyz');
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.text)).toEqual({ status: 'ready', checks: { segment: 'ready' } });
    front.service.isReady = false;
    const refusing = await ask(front.port, '/readyz');
    expect(refusing).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(JSON.parse(refusing.text)).toEqual({ status: 'not ready', checks: { segment: 'refusing' } });
    expect((await ask(front.port, '/healthz')).status).toBe(200);
  });

  it('shows status with bigints as text, metrics as they are, and the routes', async () => {
    const status = await ask(front.port, '/status');
    expect(JSON.parse(status.text)).toMatchObject({
      version: '1.2.3',
      segment: { state: 'ready', highWater: '4611686018427387904' },
    });
    const metrics = await ask(front.port, '/metrics');
    expect(metrics).toMatchObject({
      text: 'frond_up 1\n',
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    });
    expect((await ask(front.port, '/')).text).toMatch(/^Frond 1\.2\.3\n/);
  });

  it.each(['/', '/healthz', '/readyz', '/status', '/metrics', '/openapi.json', '/decode/1', '/tags'])(
    '%s gives neither a tag for caches nor its maker, and forbids sniffing and storing',
    async path => {
      const { headers } = await ask(front.port, path);
      expect(headers.etag).toBeUndefined();
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    },
  );

  it('answers 500 without inner words when the metrics fail', async () => {
    front.service.metrics = async () => {
      throw new Error('secret words');
    };
    const answer = await ask(front.port, '/metrics');
    expect(JSON.parse(answer.text)).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(answer.text).not.toContain('secret');
  });
});

describe('paths and methods', () => {
  it.each([
    '/nothing',
    '/Healthz',
    '/healthz/',
    '/healthz/x',
    '/tags/',
    '/workers/',
    '/id',
    '/api',
    '/api/segment',
    '/decode',
    '/tags/a/b',
  ])('answers 404 at %s', async path => {
    const answer = await ask(front.port, path);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  it.each(['/', '/healthz', '/readyz', '/status', '/metrics', '/openapi.json', '/decode/1', '/decodeSnowflakeId'])(
    '%s allows reading only',
    async path => {
      const allow = 'GET, HEAD, OPTIONS';
      const post = await ask(front.port, path, { method: 'POST', body: '{}' });
      expect(post).toMatchObject({ status: 405, headers: { allow } });
      expect(await ask(front.port, path, { method: 'OPTIONS' })).toMatchObject({ status: 204, headers: { allow } });
    },
  );

  it('HEAD has the headers of GET and no body', async () => {
    const get = await ask(front.port, '/status');
    const head = await ask(front.port, '/status', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
  });

  it('counts by route, never by path', async () => {
    await ask(front.port, '/decode/1');
    await ask(front.port, '/constructor');
    await ask(front.port, '/tags');
    const { counters } = front.server;
    const requests = () =>
      counters.routes().flatMap(([route, meter]) => meter.statuses().map(each => [route, ...each] as const));
    await until(() => requests().length === 3);
    expect(requests()).toEqual([
      ['decode', 200, 1],
      ['tags', 200, 1],
      ['other', 404, 1],
    ]);
  });
});
