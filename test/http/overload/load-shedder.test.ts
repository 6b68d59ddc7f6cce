import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { type Front, openFront } from '../fakes.ts';
import { ask, exchange, open, readAll, until } from '../wire.ts';

const LIMITS = { maxWaitingRequests: 3, batchBufferMaxBytes: 2 ** 20, maxCountIds: 1_000_000 };

let system: VirtualSystem;
let front: Front;

/** As when more comes in than the loop can do, for so long that every sample is late. */
async function fallBehind(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    system.pause(50 + 200);
    await system.advance(0);
  }
}

const get = (path: string) => ask(front.port, path);
const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

beforeEach(async () => {
  system = new VirtualSystem();
  front = await openFront({ system, settings: LIMITS });
});
afterEach(async () => {
  const closed = front.server.close();
  await system.advance(10_000);
  await closed;
});

describe('while the event loop is behind', () => {
  it('single IDs, small batches, ranges, health and metrics are given', async () => {
    await fallBehind();
    for (const path of [
      '/id/segment/order',
      '/id/segment/order',
      '/id/snowflake',
      '/id/uuid',
      '/id/snowflake?count=1000',
      '/id/segment/order/ranges?count=10000000',
      '/healthz',
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/',
    ]) {
      expect((await get(path)).status, path).toBe(200);
    }
  });

  it('large batches, waits and every other route are refused, until it has caught up', async () => {
    front.service.segment!.mood.hang = true;
    await fallBehind();
    const shed = [
      '/id/snowflake?count=1001',
      '/id/uuid?count=1001',
      '/id/segment/order',
      '/tags',
      '/status',
      '/workers',
      '/decode/1',
    ];
    for (const path of shed) {
      const answer = await get(path);
      expect(JSON.parse(answer.text), path).toMatchObject({ status: 503, code: 'OVERLOADED', retryable: true });
      expect(answer.text).toContain('the event loop is 200 ms behind');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(3);
    }
    expect(front.service.snowflake!.source().taken).toBe(0n);
    expect(front.server.counters.shed).toEqual({ wait: 1, batch: 2, route: 4 });
    await system.advance(50);
    expect((await get('/tags')).status).toBe(200);
    expect((await get('/id/snowflake?count=1001')).status).toBe(200);
  });

  it('a kind that may stand in answers instead of a wait', async () => {
    front.service.segment!.mood.hang = true;
    await fallBehind();
    const answer = await get('/id/segment/order?fallback=uuid');
    expect(answer).toMatchObject({ status: 200, headers: { 'frond-kind': 'uuid' } });
  });

  it('nothing is refused where that is switched off', async () => {
    const calm = await openFront({ system, settings: { overloadDelayMs: 0 } });
    await fallBehind();
    expect((await ask(calm.port, '/tags')).status).toBe(200);
    const closed = calm.server.close();
    await system.advance(10_000);
    await closed;
  });
});

describe('waits', () => {
  it('are bounded over all tags and connections, and their places are free again when they end', async () => {
    const { segment } = front.service;
    segment!.mood.hang = true;
    const waiting = () => front.server.counters.waitingRequests;
    const sockets = [
      await open(front.port, request('/id/segment/order')),
      await open(front.port, request('/id/segment/order').repeat(2)),
    ];
    await until(() => waiting() === 3);
    const refused = await get('/id/segment/order?count=2');
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'OVERLOADED' });
    expect(refused.text).toContain('3 requests wait already (FROND_MAX_WAITING_REQUESTS)');
    expect((await get('/id/snowflake')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await until(() => waiting() === 0);
    segment!.mood.hang = false;
    expect((await get('/id/segment/order?count=2')).status).toBe(200);
  });

  it('are none for UUIDs: alone or as stand-ins they are given though no more may wait', async () => {
    front.service.segment!.mood.hang = true;
    const socket = await open(front.port, request('/id/segment/order').repeat(3));
    await until(() => front.server.counters.waitingRequests === 3);
    expect((await get('/id/uuid?count=5')).status).toBe(200);
    for (const path of ['/id/segment/order?fallback=uuid', '/id/segment/order?count=5&fallback=uuid,snowflake']) {
      expect(await get(path)).toMatchObject({ status: 200, headers: { 'frond-kind': 'uuid' } });
    }
    expect((await get('/id/segment/order')).status).toBe(503);
    socket.destroy();
    await until(() => front.server.counters.waitingRequests === 0);
  });

  it('of one connection that pipelines are bounded too', async () => {
    front.service.segment!.mood.hang = true;
    const socket = await open(front.port, request('/id/segment/order').repeat(100));
    await until(() => front.server.counters.shed.wait === 97);
    expect(front.server.counters.waitingRequests).toBe(3);
    socket.destroy();
    await until(() => front.server.counters.waitingRequests === 0);
  });
});

describe('large batches', () => {
  const large = '/id/snowflake?count=1000000';
  const bytes = () => front.server.counters.batchBytes;
  let virtual: Front;

  beforeEach(async () => {
    virtual = front;
    // Streams take their turns by timers.
    front = await openFront({ settings: LIMITS });
  });
  afterEach(async () => {
    await front.server.close();
    front = virtual;
  });

  it('are bounded by their bytes in memory; small ones and single IDs go on', async () => {
    front.service.snowflake!.source().upcoming = 10n ** 18n;
    const readers = [];
    for (let i = 0; i < 4; i++) {
      const socket = await open(front.port, request(large));
      socket.pause();
      readers.push(socket);
    }
    await until(() => bytes() === 2 ** 20);
    const refused = await get(large);
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'OVERLOADED' });
    expect(refused.text).toContain('(FROND_BATCH_BUFFER_MAX_BYTES)');
    for (const path of ['/id/snowflake?count=1000', '/id/snowflake', '/id/uuid']) {
      expect((await get(path)).status).toBe(200);
    }
    readers.pop()!.destroy();
    await until(() => bytes() === 3 * 2 ** 18);
    const socket = readers.pop()!;
    const text = readAll(socket);
    socket.resume();
    await until(() =>
      front.server.counters
        .meter('snowflake')
        .statuses()
        .some(([status, n]) => status === 200 && n === 3),
    );
    await until(() => bytes() === 2 ** 19);
    socket.destroy();
    expect((await text).length).toBeGreaterThan(19_000_000);
    for (const reader of readers) reader.destroy();
    await until(() => bytes() === 0);
  });

  it('are forgotten when their client leaves before their turn on the connection', async () => {
    front.service.segment!.mood.hang = true;
    const socket = await open(front.port, request('/id/segment/order') + request('/id/snowflake?count=2000').repeat(3));
    await until(() => bytes() === 3 * 2000 * 40);
    socket.destroy();
    await until(() => bytes() === 0);
  });

  it('are many small ones that stand behind another answer of their connection', async () => {
    front.service.segment!.mood.hang = true;
    const small = request('/id/snowflake?count=1000') + request('/id/uuid?count=1000');
    const socket = await open(front.port, request('/id/segment/order') + small.repeat(25));
    await until(() => front.server.counters.shed.batch === 50 - 26);
    expect(bytes()).toBe(26 * 1000 * 40);
    expect((await get('/id/snowflake?count=1000')).status).toBe(200);
    socket.destroy();
    await until(() => bytes() === 0);
  });

  it('give their bytes back when no IDs are had for them', async () => {
    expect((await get('/id/segment/none?count=5000')).status).toBe(404);
    await until(() => bytes() === 0);
  });
});

describe('a reader that stands still', () => {
  it('in the midst of an answer is cut off', async () => {
    const strict = await openFront({ settings: { stallTimeoutMs: 100 } });
    strict.service.snowflake!.source().upcoming = 10n ** 18n;
    const stuck = await open(strict.port, request('/id/snowflake?count=100000').repeat(20));
    stuck.pause();
    await until(() => strict.server.counters.batchBytes > 0);
    await until(() => strict.server.counters.batchBytes === 0);
    stuck.destroy();
    expect(await exchange(strict.port, `GET /id/snowflake HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)).toContain(
      '200 OK',
    );
    await strict.server.close();
  });
});
