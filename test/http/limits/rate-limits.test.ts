import { afterEach, describe, expect, it } from 'vitest';
import { tokenDigest } from '../../../src/http/auth/token.ts';
import { TokenBook } from '../../../src/http/auth/token-book.ts';
import { parseTokenFile } from '../../../src/http/auth/token-file.ts';
import { clientAddress } from '../../../src/http/limits/client-address.ts';
import type { HttpSettings } from '../../../src/http/server.ts';
import type { Clock } from '../../../src/system/clock.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { type Front, openFront } from '../fakes.ts';
import { ask } from '../wire.ts';

let system: VirtualSystem;
let front: Front;

async function limited(
  settings: Partial<HttpSettings>,
  tokensOf?: (clock: Clock) => TokenBook,
): Promise<(path: string, token?: string) => ReturnType<typeof ask>> {
  system = new VirtualSystem();
  front = await openFront({ settings, system, ...(tokensOf && { tokens: tokensOf(system.clock) }) });
  return (path, token) =>
    ask(front.port, path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
}

afterEach(async () => {
  const closed = front.server.close();
  await system.advance(10_000);
  await closed;
});

describe('the limit of a tag', () => {
  it('counts IDs, says when to come back, and keeps its word', async () => {
    const get = await limited({ tagLimitIdsPerS: 10, tagLimitBurstIds: 100 });
    expect((await get('/id/segment/order?count=95')).status).toBe(200);
    for (let i = 0; i < 5; i++) expect((await get('/id/segment/order')).status).toBe(200);
    const refused = await get('/id/segment/order?count=31');
    expect(refused).toMatchObject({
      status: 429,
      headers: {
        'retry-after': '4',
        'ratelimit-policy': '"tag";q=100;w=10;qu="ids"',
        ratelimit: '"tag";r=0;t=4',
        'content-type': 'application/problem+json; charset=utf-8',
      },
    });
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    expect(JSON.parse(refused.text).detail).toContain('This tag has 10 IDs a second here (100 at once), and 0 left.');
    await system.advance(3000);
    expect(await get('/id/segment/order?count=31')).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1', ratelimit: '"tag";r=30;t=1' },
    });
    await system.advance(1000);
    expect((await get('/id/segment/order?count=31')).status).toBe(200);
    expect(front.service.segment!.source('order').taken).toBe(131n);
    expect(front.server.counters.limited).toEqual({ tag: 2, client: 0 });
  });

  it('is for each tag alone, through every spelling and route of it, ranges too, and for no other kind', async () => {
    const get = await limited({ tagLimitIdsPerS: 2 });
    front.service.segment!.records.set('user', { ...front.service.segment!.records.get('order')!, tag: 'user' });
    expect((await get('/id/segment/order')).status).toBe(200);
    expect((await get('/api/segment/get/order')).status).toBe(200);
    for (const path of [
      '/id/segment/order',
      '/id/segment/%6Frder',
      '/id/segment/order/ranges?count=1',
      '/api/segment/get/order',
    ]) {
      expect((await get(path)).status, path).toBe(429);
    }
    expect((await get('/id/segment/user/ranges?count=2')).status).toBe(200);
    for (let i = 0; i < 5; i++) expect((await get('/id/snowflake')).status).toBe(200);
    expect((await ask(front.port, '/id/segment/order', { method: 'HEAD' })).status).toBe(200);
  });

  it('refuses a batch that can never pass as such', async () => {
    const get = await limited({ tagLimitIdsPerS: 10 });
    const answer = await get('/id/segment/order?count=11');
    expect(JSON.parse(answer.text)).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT', retryable: false });
    expect(answer.text).toContain('count is 11; expected at most 10');
  });

  it('takes one ID once, though the fast lane had none at hand', async () => {
    const get = await limited({ tagLimitIdsPerS: 2 });
    expect((await get('/id/segment/order')).status).toBe(200);
    const source = front.service.segment!.source('order');
    source.tryNext = () => undefined;
    expect((await get('/id/segment/order')).text).toBe('1001');
    expect((await get('/id/segment/order')).status).toBe(429);
  });

  it('is shared by several processes', async () => {
    const get = await limited({ tagLimitIdsPerS: 8, processes: 4 });
    for (let i = 0; i < 2; i++) expect((await get('/id/segment/order')).status).toBe(200);
    expect((await get('/id/segment/order')).headers['ratelimit-policy']).toBe('"tag";q=2;w=1;qu="ids"');
  });
});

describe('the limit of a client', () => {
  it('counts requests of every route that is not free to all or for metrics', async () => {
    const get = await limited({ clientLimitRequestsPerS: 4 });
    for (const path of ['/id/snowflake', '/tags', '/id/segment/none', '/status']) {
      expect((await get(path)).status, path).not.toBe(429);
    }
    for (const path of ['/id/snowflake', '/id/snowflake?count=2', '/tags', '/status', '/decode/1', '/workers']) {
      expect(await get(path), path).toMatchObject({
        status: 429,
        headers: { 'retry-after': '1', 'ratelimit-policy': '"client";q=4;w=1', ratelimit: '"client";r=0;t=1' },
      });
    }
    for (const path of ['/healthz', '/readyz', '/metrics', '/', '/openapi.json'])
      expect((await get(path)).status, path).toBe(200);
    await system.advance(250);
    expect((await get('/id/snowflake')).status).toBe(200);
    expect((await get('/id/snowflake')).status).toBe(429);
    expect(front.server.counters.limited).toEqual({ tag: 0, client: 7 });
  });

  it('is for a token alone; whoever guesses tokens spends what the address has', async () => {
    const adminToken = 'a-token-of-sixteen-or-more';
    const get = await limited({ clientLimitRequestsPerS: 1, adminToken });
    expect((await get('/id/snowflake', adminToken)).status).toBe(200);
    expect((await get('/id/snowflake', adminToken)).status).toBe(429);
    expect((await get('/tags', 'guess')).status).toBe(401);
    expect((await get('/tags', 'guess')).status).toBe(429);
    expect((await get('/id/snowflake')).status).toBe(429);
  });

  it.each([
    ['GET', '/nowhere', 404],
    ['GET', '/id/nowhere', 404],
    ['GET', '/healthz/x', 404],
    ['GET', '//~@#', 404],
    ['POST', '/id/snowflake', 405],
    ['POST', '/status', 405],
    ['GET', '/id/snowflake?count=none', 400],
    ['GET', '/tags?token=secret', 400],
    ['OPTIONS', '/id/snowflake', 204],
    ['OPTIONS', '/tags/order', 204],
  ])('counts %s %s too, though nothing is given', async (method, path, status) => {
    await limited({ clientLimitRequestsPerS: 1 });
    expect((await ask(front.port, path, { method })).status).toBe(status);
    expect((await ask(front.port, path, { method })).status).toBe(429);
    expect(front.server.counters.limited.client).toBe(1);
  });

  it('counts guesses at /metrics as anywhere, and never a scrape with the right token', async () => {
    const entries = [
      { name: 'scraper', sha256: tokenDigest('right'), scopes: ['metrics'] },
      { name: 'orders', sha256: tokenDigest('orders'), scopes: ['ids'] },
    ];
    const get = await limited({ clientLimitRequestsPerS: 4 }, clock => {
      const book = new TokenBook(clock, undefined, true);
      book.replace(parseTokenFile(JSON.stringify({ tokens: entries })));
      return book;
    });
    for (const guess of ['wrong', 'wrong-2', undefined]) expect((await get('/metrics', guess)).status).toBe(401);
    expect((await get('/tags', 'wrong-3')).status).toBe(401);
    for (const path of ['/metrics', '/status', '/tags', '/id/uuid']) {
      expect((await get(path, 'wrong-4')).status, path).toBe(429);
    }
    for (let i = 0; i < 9; i++) expect((await get('/metrics', 'right')).status).toBe(200);
    for (let i = 0; i < 4; i++) expect((await get('/metrics', 'orders')).status).toBe(403);
    expect((await get('/id/uuid', 'orders')).status).toBe(429);
    expect(front.server.counters.auth).toMatchObject({ missing: 1, invalid: 3, granted: 9, forbidden: 4 });
    await system.advance(250);
    expect((await get('/metrics', 'wrong')).status).toBe(401);
    expect((await get('/metrics', 'wrong')).status).toBe(429);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::2:3:4:5:6', '2001:db8:0:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::', 'fe80:0:0:0::/64'],
    [undefined, 'gone'],
  ])('takes %s for %s', (remoteAddress, client) => {
    expect(clientAddress({ remoteAddress } as Parameters<typeof clientAddress>[0])).toBe(client);
  });
});
