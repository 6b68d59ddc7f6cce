import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualSystem } from '../support/virtual-system.ts';
import { type Front, type FrontOptions, openFront } from './fakes.ts';
import { ask, exchange, open, readAll, until } from './wire.ts';

const fronts: Front[] = [];
async function front(options?: FrontOptions): Promise<Front> {
  const opened = await openFront(options);
  fronts.push(opened);
  return opened;
}
afterEach(async () => {
  await Promise.all(fronts.splice(0).map(each => each.server.close()));
});

function problemIn(text: string): unknown {
  expect(text).toMatch(/\r\nConnection: close\r\n/);
  expect(text).toMatch(/\r\nContent-Type: application\/problem\+json; charset=utf-8\r\n/);
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toContain(`Content-Length: ${body.length}`);
  return JSON.parse(body);
}

describe('requests that cannot be read', () => {
  it.each([
    '\x00\x01\x02\xff\xfe\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\nHost: a\r\n\r\n',
    'GET /id/ snowflake HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ])('get a problem for the garbage %j', async bytes => {
    const { port, server } = await front();
    const text = await exchange(port, bytes);
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(problemIn(text)).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' });
    expect(server.counters.unreadable.get(400)).toBe(1);
    expect((await ask(port, '/healthz')).status).toBe(200);
  });

  it.each([9_000, 1_000_000])('get 431 for a header of %i bytes', async bytes => {
    const { port, server } = await front();
    const text = await exchange(port, `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(bytes)}\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
    expect(problemIn(text)).toMatchObject({ status: 431, code: 'HEADERS_TOO_LARGE' });
    expect(server.counters.unreadable.get(431)).toBe(1);
  });

  it.each(['GET /id/snowflake HTTP/1.1\r\nHost:', 'G', ''])('get 408 when only %j comes in time', async half => {
    const { port, server } = await front({ settings: { headersTimeoutMs: 60, connectionsCheckMs: 20 } });
    const text = await exchange(port, half);
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(problemIn(text)).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT', retryable: true });
    expect(server.counters.unreadable.get(408)).toBe(1);
  });

  it('do not spoil the answer before them on their connection', async () => {
    const { port } = await front();
    const text = await exchange(port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n\x00\x00');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\{"status":"ok"\}$/);
  });

  it('may be resets', async () => {
    const { port } = await front();
    const socket = await open(port, 'GET / HTTP/1.1\r\nHo');
    socket.resetAndDestroy();
    expect((await ask(port, '/healthz')).status).toBe(200);
  });
});

describe('what HTTP leaves open', () => {
  const close = 'Connection: close\r\n\r\n';

  it.each([
    ['HTTP://ids.example:80/id/snowflake', '1000'],
    ['https://ids.example/id/segment/order?count=2', '1000\n1001\n'],
    ['http://ids.example/healthz', '{"status":"ok"}'],
  ])('takes the target %s, as proxies are asked', async (target, body) => {
    const { port } = await front();
    const text = await exchange(port, `GET ${target} HTTP/1.1\r\nHost: a\r\n${close}`);
    expect(text.split('\r\n\r\n')).toEqual([expect.stringMatching(/^HTTP\/1\.1 200 OK\r\n/), body]);
  });

  it.each(['http://ids.example', 'http://ids.example?count=2'])('takes %s for the root', async target => {
    const { port } = await front();
    const text = await exchange(port, `GET ${target} HTTP/1.1\r\nHost: a\r\n${close}`);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nFrond 1\.2\.3\n/);
  });

  it('asks for no Host of HTTP/1.0', async () => {
    const { port } = await front();
    expect(await exchange(port, 'GET /id/snowflake HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*1000$/);
  });

  it('passes over an expectation that it does not know', async () => {
    const { port } = await front();
    const text = await exchange(port, `GET /id/snowflake HTTP/1.1\r\nHost: a\r\nExpect: a miracle\r\n${close}`);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*1000$/);
  });
});

describe('limits', () => {
  it('drops and counts connections beyond the most', async () => {
    const { port, server } = await front({ settings: { maxConnections: 2 } });
    const kept = [await open(port, ''), await open(port, '')];
    const third = await open(port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await readAll(third)).toBe('');
    await until(() => server.counters.connectionsDropped === 1);
    for (const socket of kept) socket.destroy();
  });

  it('refuses a port in use in words', async () => {
    const { port } = await front();
    await expect(openFront({ settings: { port } })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(
        `FROND_PORT: 127.0.0.1:${port} is already in use by another process (EADDRINUSE)`,
      ),
    });
  });

  it('refuses an address of another host in words', async () => {
    await expect(openFront({ settings: { host: '192.0.2.1' } })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('FROND_HOST: 192.0.2.1:0 is not an address of this host'),
    });
  });
});

describe('a graceful stop', () => {
  it('drains, then stops listening, then closes what is idle', async () => {
    const system = new VirtualSystem();
    const { port, server } = await openFront({ system, settings: { drainMs: 1500 } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(port, '/id/snowflake', { agent })).headers.connection).toBe('keep-alive');
    const idle = await open(port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    const idleText = readAll(idle);
    await until(() => server.counters.meter('health').statuses().length === 1);
    let closed = false;
    const closing = server.close().then(() => {
      closed = true;
    });
    expect(server.draining).toBe(true);

    const ready = await ask(port, '/readyz', { agent });
    expect(ready).toMatchObject({ status: 503, headers: { connection: 'close' } });
    expect(JSON.parse(ready.text)).toMatchObject({ status: 'stopping' });
    for (const path of ['/id/snowflake', '/id/snowflake?count=2', '/id/nothing', '/healthz', '/nothing']) {
      expect((await ask(port, path, { agent })).headers.connection, path).toBe('close');
    }

    await system.advance(1500);
    await expect(ask(port, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(closed).toBe(false);
    await system.advance(1000);
    expect(await idleText).toMatch(/^HTTP\/1\.1 200 OK/);
    await closing;
    expect(closed).toBe(true);
    expect(system.pendingTimers).toBe(0);
    agent.destroy();
  });

  it('lets a waiting request finish after the listening has ended', async () => {
    const system = new VirtualSystem();
    const { port, server, service } = await openFront({ system, settings: { stopTimeoutMs: 10_000 } });
    const source = service.snowflake!.source();
    source.mood.hang = true;
    let answerNow: (id: bigint) => void = () => {};
    source.next = () =>
      new Promise(resolve => {
        answerNow = resolve;
        source.waiting = 1;
      });
    const answer = exchange(port, 'GET /id/snowflake HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => source.waiting === 1);
    const closing = server.close();
    await system.advance(2000);
    answerNow(77n);
    await until(() => server.counters.meter('snowflake').statuses().length === 1);
    await system.advance(100);
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\n77$/);
    await closing;
  });

  it('cuts what is left at the limit', async () => {
    const system = new VirtualSystem();
    const { port, server, service } = await openFront({ system, settings: { stopTimeoutMs: 5000 } });
    service.snowflake!.mood.hang = true;
    const source = service.snowflake!.source();
    const answer = exchange(port, 'GET /id/snowflake HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => source.waiting === 1);
    const closing = server.close();
    await system.advance(4999);
    expect(source.aborted).toBe(0);
    await system.advance(2);
    await closing;
    expect(await answer).toBe('');
    await until(() => source.aborted === 1);
    expect(system.pendingTimers).toBe(0);
  });

  it('is one, however often it is asked for', async () => {
    const { server } = await openFront();
    expect(server.close()).toBe(server.close());
    await server.close();
    await server[Symbol.asyncDispose]();
  });
});
