import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Front, openFront } from './fakes.ts';
import { ask, exchange } from './wire.ts';

let front: Front;
beforeAll(async () => {
  front = await openFront({ settings: { connectionsCheckMs: 20 } });
});
afterAll(() => front.server.close());

async function problemAt(path: string) {
  const answer = await ask(front.port, path);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  return JSON.parse(answer.text) as Record<string, unknown>;
}

describe('count', () => {
  it.each(['0', '-1', '1e9', 'abc', '1.5', '0x10', ' 1', '01', '100001', String(2n ** 70n), '', '١'])(
    'of %j is refused with its value and bounds',
    async count => {
      const problem = await problemAt(`/id/segment/order?count=${encodeURIComponent(count)}`);
      expect(problem).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT', retryable: false });
      expect(problem['detail']).toContain(`count is ${JSON.stringify(count)}; expected an integer from 1 to 100000`);
    },
  );

  it('has bounds of its own for ranges', async () => {
    expect((await problemAt('/id/segment/order/ranges?count=10000001'))['detail']).toContain('from 1 to 10000000');
  });
});

describe('other parameters', () => {
  it.each([
    ['/id/segment/order?cuont=3', 'cuont is "3"; expected no parameters here but count, fallback'],
    ['/id/snowflake?version=4', 'version is "4"; expected no parameters here but count, fallback'],
    ['/id/uuid?fallback=uuid', 'fallback is "uuid"; expected no parameters here but count, version'],
    ['/id/uuid?version=5', 'version is "5"; expected 4 or 7'],
    ['/id/segment/order?count=1&count=2', 'count is "2"; expected to be given once'],
    ['/id/segment/order?fallback=', 'fallback is ""; expected a list of uuid and snowflake'],
    ['/id/segment/order?fallback=uuid,uuid', 'without repeats'],
    ['/id/segment/order?fallback=segment', 'fallback is "segment"'],
    ['/id/snowflake?fallback=snowflake', 'expected a list of uuid without repeats'],
    ['/id/snowflake/ranges?count=1&fallback=uuid', 'expected no parameters here but count'],
    [`/id/uuid?${'n'.repeat(3000)}=1`, `${'n'.repeat(40)}… is "1"`],
    ['/id/uuid?%zz=%', 'expected no parameters here'],
  ])('in %.60s are refused by name', async (path, detail) => {
    const problem = await problemAt(path);
    expect(problem).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
    expect(problem['detail']).toContain(detail);
  });

  it('may be an empty query', async () => {
    expect((await ask(front.port, '/id/segment/order?')).status).toBe(200);
  });
});

describe('tags', () => {
  it.each([
    'a'.repeat(129),
    'a'.repeat(200),
    '',
    '%',
    '%zz',
    '%2F',
    'a%2Fb',
    '%E2%82%AC',
    '%C3',
    'a%00',
    '-a',
    'a b'.replace(' ', '%20'),
  ])('like %.40j are refused with their bounds', async tag => {
    const problem = await problemAt(`/id/segment/${tag}`);
    expect(problem).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
    expect(problem['detail']).toMatch(/^tag is ".*; expected 1 to 128 characters/);
  });

  it('that nobody made are unknown', async () => {
    expect(await problemAt('/id/segment/nobody')).toMatchObject({ status: 404, code: 'UNKNOWN_TAG' });
    expect(await problemAt(`/id/segment/${'a'.repeat(128)}`)).toMatchObject({ status: 404, code: 'UNKNOWN_TAG' });
  });

  it.each([
    '/id/segment/a/b',
    '/id/segment/order/',
    '/id/segment/order/ranges/',
    '/id/',
    '/id/segment',
    '/id/snowflake/',
  ])('do not make %s a resource', async path => {
    expect(await problemAt(path)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});

describe('a kind that is off', () => {
  it('answers 404 with the setting that would change it', async () => {
    const { port, server } = await openFront({ off: ['segment', 'snowflake'] });
    for (const path of ['/id/segment/order', '/id/segment/order/ranges?count=1', '/api/segment/get/order', '/tags']) {
      const answer = await ask(port, path);
      expect(JSON.parse(answer.text)).toMatchObject({ status: 404, code: 'MODE_OFF' });
      expect(answer.text).toContain('FROND_SEGMENT_STORE');
    }
    for (const path of ['/id/snowflake', '/api/snowflake/get/x', '/decode/1', '/decodeSnowflakeId?snowflakeId=1']) {
      const answer = await ask(port, path);
      expect(JSON.parse(answer.text)).toMatchObject({ status: 404, code: 'MODE_OFF' });
      expect(answer.text).toContain('FROND_WORKER_SLOTS');
    }
    expect((await ask(port, '/id/uuid')).status).toBe(200);
    await server.close();
  });
});

describe('any request at all', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'id',
      'segment',
      'snowflake',
      'uuid',
      'order',
      'ranges',
      'api',
      'get',
      'tags',
      'decode',
      '',
      '..',
      '.',
    ),
    fc.constantFrom('%', '%zz', '%2f', '%00', '__proto__', 'constructor', 'status', 'metrics', 'healthz', 'readyz'),
    fc.string({ unit: 'binary-ascii', maxLength: 12 }).map(text => text.replace(/[^!-~]/g, '~')),
    fc.string({ unit: 'grapheme', maxLength: 8 }).map(encodeURIComponent),
  );
  const query = fc.array(
    fc.tuple(
      fc.oneof(fc.constantFrom('count', 'version', 'fallback', 'snowflakeId', '__proto__'), piece),
      fc.oneof(fc.constantFrom('1', '4', '7', '0', '-1', '99999', 'uuid', 'snowflake,uuid', 'constructor'), piece),
    ),
    { maxLength: 3 },
  );
  const target = fc
    .tuple(fc.array(piece, { maxLength: 6 }), query)
    .map(
      ([path, pairs]) => `/${path.join('/')}${pairs.length ? '?' : ''}${pairs.map(pair => pair.join('=')).join('&')}`,
    );
  const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH');

  it('is answered, and never with a failure of ours', async () => {
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(method, target, fc.boolean(), async (verb, path, json) => {
        const accept = json ? 'Accept: application/json\r\n' : '';
        const text = await exchange(
          front.port,
          `${verb} ${path} HTTP/1.1\r\nHost: localhost\r\n${accept}Connection: close\r\n\r\n`,
        );
        const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]);
        seen.add(status);
        expect([200, 204, 400, 404, 405, 415, 503], `${verb} ${path} got ${text.slice(0, 300)}`).toContain(status);
        if (status >= 400 && verb !== 'HEAD') {
          const [, body = ''] = text.split('\r\n\r\n');
          expect(JSON.parse(body)).toMatchObject({ status, code: expect.any(String) });
        }
      }),
      {
        numRuns: 400,
        // Whatever is drawn, a good, a bad and a strange request are among them.
        examples: [
          ['GET', '/id/uuid', false],
          ['GET', '/id/uuid?count=0', true],
          ['GET', '/nowhere', false],
          // Its tag is looked at before its method.
          ['POST', '/id/segment/%', false],
          // A target in which express sees no path.
          ['GET', '//~@#', false],
        ],
      },
    );
    expect([...seen]).toEqual(expect.arrayContaining([200, 400, 404]));
  });
});
