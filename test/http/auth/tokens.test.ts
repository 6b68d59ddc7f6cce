import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tokenDigest } from '../../../src/http/auth/token.ts';
import { TokenBook } from '../../../src/http/auth/token-book.ts';
import { parseTokenFile } from '../../../src/http/auth/token-file.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { type Front, openFront } from '../fakes.ts';
import { ask } from '../wire.ts';

const ADMIN = 'the-admin-token-of-the-setting';
let system: VirtualSystem;
let book: TokenBook;
let front: Front;

function use(tokens: Readonly<Record<string, readonly string[]>>, more: object = {}): void {
  const entries = Object.entries(tokens).map(([token, scopes]) => ({
    name: 'caller',
    sha256: tokenDigest(token),
    scopes,
    ...more,
  }));
  book.replace(parseTokenFile(JSON.stringify({ tokens: entries })));
}

function get(path: string, token?: string, method = 'GET') {
  return ask(front.port, path, { method, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
}

beforeEach(async () => {
  system = new VirtualSystem();
  book = new TokenBook(system.clock, ADMIN, true);
  use({ orders: ['ids:order*'], flakes: ['ids:@snowflake'], all: ['ids'], scraper: ['metrics'], operator: ['admin'] });
  front = await openFront({ tokens: book, system });
});
afterEach(async () => {
  const closed = front.server.close();
  await system.advance(10_000);
  await closed;
  expect(JSON.stringify(system.logs)).not.toMatch(/orders|flakes|operator|the-admin-token/);
});

const STATUS_BY_TOKEN: readonly (readonly [path: string, may: readonly string[]])[] = [
  ['/id/segment/order', ['orders', 'all', ADMIN]],
  ['/id/segment/order?count=3', ['orders', 'all', ADMIN]],
  ['/id/segment/order/ranges?count=3', ['orders', 'all', ADMIN]],
  ['/api/segment/get/order', ['orders', 'all', ADMIN]],
  ['/id/segment/order?fallback=uuid', ['all', ADMIN]],
  ['/id/snowflake', ['flakes', 'all', ADMIN]],
  ['/api/snowflake/get/x', ['flakes', 'all', ADMIN]],
  ['/decode/1', ['flakes', 'all', ADMIN]],
  ['/decodeSnowflakeId?snowflakeId=1', ['flakes', 'all', ADMIN]],
  ['/id/uuid', ['all', ADMIN]],
  ['/metrics', ['scraper', ADMIN]],
  ['/status', ['scraper', ADMIN]],
  ['/tags', ['operator', ADMIN]],
  ['/workers', ['operator', ADMIN]],
];
const TOKENS = ['orders', 'flakes', 'all', 'scraper', 'operator', ADMIN];

describe('with a tokens file', () => {
  it.each(STATUS_BY_TOKEN)('%s is for %j only, in the fast lane too', async (path, may) => {
    for (let round = 0; round < 2; round++) {
      for (const token of TOKENS) {
        expect((await get(path, token)).status, token).toBe(may.includes(token) ? 200 : 403);
      }
      for (const token of ['order', 'ordersx', tokenDigest('orders'), 'ORDERS']) {
        expect((await get(path, token)).status, token).toBe(401);
      }
      expect((await get(path)).status).toBe(401);
    }
  });

  it.each(['/healthz', '/readyz', '/'])('%s is for everybody, whatever token they have', async path => {
    for (const token of [undefined, 'wrong', 'orders']) expect((await get(path, token)).status).toBe(200);
  });

  it('says what is wrong as RFC 6750 has it', async () => {
    const challenge = async (path: string, token?: string) => {
      const { status, headers } = await get(path, token);
      return [status, headers['www-authenticate']];
    };
    expect(await challenge('/id/segment/order')).toEqual([401, 'Bearer realm="frond"']);
    expect(await challenge('/id/segment/order', 'wrong')).toEqual([
      401,
      'Bearer realm="frond", error="invalid_token", error_description="The token is unknown"',
    ]);
    expect(await challenge('/id/segment/user', 'orders')).toEqual([
      403,
      'Bearer realm="frond", error="insufficient_scope", scope="ids:user"',
    ]);
    expect(await challenge('/id/segment/order?fallback=uuid', 'orders')).toEqual([
      403,
      'Bearer realm="frond", error="insufficient_scope", scope="ids:@uuid"',
    ]);
    const { text } = await get('/tags', 'scraper');
    expect(JSON.parse(text)).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    expect(JSON.parse(text).detail).toContain('The token caller does not have the scope admin.');
    expect(JSON.parse(text).detail).not.toContain('loopback');
  });

  it('takes no ID for whoever may not have it', async () => {
    for (const path of ['/id/segment/order', '/id/segment/order?count=5', '/id/segment/order/ranges?count=5']) {
      await get(path);
      await get(path, 'flakes');
    }
    expect((await get('/id/segment/order', 'orders', 'HEAD')).status).toBe(200);
    expect((await get('/id/segment/order', 'flakes', 'HEAD')).status).toBe(403);
    expect(front.service.segment!.source('order').taken).toBe(0n);
  });

  it('counts what came of each request, under no names', async () => {
    await get('/id/segment/order', 'orders');
    await get('/id/segment/order', 'orders');
    await get('/id/segment/order', 'wrong');
    await get('/id/segment/order');
    await get('/id/uuid', 'orders');
    await get('/metrics', 'scraper');
    expect(front.server.counters.auth).toEqual({ granted: 3, missing: 1, invalid: 1, expired: 0, forbidden: 1 });
  });

  it('takes the old and the new token of a rotation, then the new one only, on a connection that goes on', async () => {
    use({ old: ['ids'], young: ['ids'] });
    expect((await get('/id/snowflake', 'old')).status).toBe(200);
    expect((await get('/id/snowflake', 'young')).status).toBe(200);
    use({ young: ['ids'] });
    expect((await get('/id/snowflake', 'old')).status).toBe(401);
    expect((await get('/id/snowflake', 'young')).status).toBe(200);
    expect((await get('/id/snowflake', ADMIN)).status).toBe(200);
  });

  it('ends a token at its time', async () => {
    use({ brief: ['ids'] }, { expiresAt: '2026-01-01T00:00:01Z' });
    expect((await get('/id/snowflake', 'brief')).status).toBe(200);
    system.stepWall(999);
    expect((await get('/id/snowflake', 'brief')).status).toBe(200);
    system.stepWall(1);
    expect(await get('/id/snowflake', 'brief')).toMatchObject({
      status: 401,
      headers: {
        'www-authenticate': 'Bearer realm="frond", error="invalid_token", error_description="The token is expired"',
      },
    });
    expect(front.server.counters.auth.expired).toBe(1);
  });
});

describe('a token in the URL', () => {
  it.each([
    '/id/segment/order?token=SECRET-1',
    '/id/snowflake?count=2&access_token=SECRET-1',
    '/id/snowflake?Token=SECRET-1',
    '/id/snowflake?access%5Ftoken=SECRET-1',
    '/id/snowflake?api_key=SECRET-1',
    '/id/snowflake?anything=frond_SECRET-1',
    '/tags?token=SECRET-1',
    '/metrics?access_token=SECRET-1',
    '/healthz?token=SECRET-1',
    '/nowhere?token=SECRET-1',
  ])('is refused and not repeated: %s', async path => {
    for (const token of [undefined, ADMIN]) {
      const answer = await get(path, token);
      expect(JSON.parse(answer.text)).toMatchObject({ status: 400, code: 'TOKEN_IN_URL' });
      expect(answer.text).toContain('Authorization: Bearer');
      expect(JSON.stringify(answer)).not.toContain('SECRET-1');
    }
    expect(JSON.stringify(system.logs)).not.toContain('SECRET-1');
  });
});

describe('without a tokens file', () => {
  it.each([undefined, ADMIN])(
    'IDs, status and metrics are open, with the admin token %s or without',
    async adminToken => {
      const open = await openFront({ settings: { adminToken } });
      for (const path of ['/id/segment/order', '/id/segment/order', '/id/uuid', '/status', '/metrics', '/decode/1']) {
        for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Bearer ${ADMIN}` }]) {
          expect((await ask(open.port, path, { headers })).status, path).toBe(200);
        }
      }
      await open.server.close();
    },
  );
});

describe('a guess', () => {
  /** The texts by which anything is looked up during `work`: there is no other comparison. */
  function lookUps(work: () => void): unknown[] {
    const { get } = Map.prototype;
    const keys: unknown[] = [];
    Map.prototype.get = function (key) {
      keys.push(key);
      return get.call(this, key);
    };
    try {
      work();
    } finally {
      Map.prototype.get = get;
    }
    return keys;
  }
  const read = (guess: string) => book.read(['Authorization', `Bearer ${guess}`]);

  it('is hashed whole and looked up by its digest, however near it is and however often it comes', () => {
    const guesses = ['ordert', 'xrders', 'o', 'x'.repeat(500), 'ordert'];
    const keys = lookUps(() => {
      for (const guess of guesses) expect(read(guess)).toBe('invalid');
    });
    expect(keys).toEqual(guesses.flatMap(guess => [`Bearer ${guess}`, tokenDigest(guess)]));
  });

  it('that is right is hashed once, until the tokens change', () => {
    const twice = lookUps(() => {
      read('orders');
      read('orders');
    });
    expect(twice).toEqual(['Bearer orders', tokenDigest('orders'), 'Bearer orders']);
    book.replace([]);
    expect(read('orders')).toBe('invalid');
  });
});
