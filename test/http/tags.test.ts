import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Front, openFront } from './fakes.ts';
import { type Ask, ask, exchange } from './wire.ts';

let front: Front;
beforeEach(async () => {
  front = await openFront();
});
afterEach(() => front.server.close());

function put(path: string, body: string, headers: Ask['headers'] = { 'content-type': 'application/json' }) {
  return ask(front.port, path, { method: 'PUT', body, headers });
}

const ORDER = {
  tag: 'order',
  step: 1000,
  maxId: '1152921504606846976',
  description: 'orders',
  updatedAt: '2023-11-14T22:13:20.123Z',
};

describe('tags', () => {
  it('are listed and shown, their IDs as text', async () => {
    expect(JSON.parse((await ask(front.port, '/tags')).text)).toEqual({ tags: [ORDER] });
    expect(JSON.parse((await ask(front.port, '/tags/order')).text)).toEqual(ORDER);
    expect((await ask(front.port, '/tags/nobody')).status).toBe(404);
  });

  it('are created with 201 and changed with 200, keeping what is not named', async () => {
    const created = await put('/tags/user', '{"step":5,"description":"users","maxId":"9223372036854775807"}');
    const record = { tag: 'user', step: 5, maxId: '9223372036854775807', description: 'users', updatedAt: null };
    expect(created.status).toBe(201);
    expect(JSON.parse(created.text)).toEqual(record);
    const changed = await put('/tags/user', '{"step":6}');
    expect(changed.status).toBe(200);
    expect(JSON.parse(changed.text)).toEqual({ ...record, step: 6 });
    const cleared = await put('/tags/user', '{"step":6,"description":null}');
    expect(JSON.parse(cleared.text)).toMatchObject({ description: null });
    expect(JSON.parse((await put('/tags/small', '{"step":1,"maxId":77}')).text)).toMatchObject({ maxId: '77' });
  });

  it('are never rewound', async () => {
    const answer = await put('/tags/order', '{"step":1000,"maxId":"5"}');
    expect(JSON.parse(answer.text)).toMatchObject({ status: 409, code: 'TAG_WOULD_REWIND' });
  });

  it('are retired with 204', async () => {
    expect(await ask(front.port, '/tags/order', { method: 'DELETE' })).toMatchObject({ status: 204, text: '' });
    expect((await ask(front.port, '/tags/order', { method: 'DELETE' })).status).toBe(404);
  });

  it.each([
    ['{"step":0}', 'step is 0; expected an integer from 1 to 2147483647'],
    ['{"step":2147483648}', 'step is 2147483648; expected'],
    ['{"step":1.5}', 'step is 1.5; expected'],
    ['{"step":"5"}', 'step is "5"; expected'],
    ['{"step":[5]}', 'step is "[5]"; expected'],
    [
      '{}',
      'step is missing; expected an integer from 1 to 2147483647 (PUT needs it; PATCH changes only what it names)',
    ],
    ['{"maxId":"5"}', 'step is missing; expected'],
    ['[]', 'body is "[]"; expected a JSON object'],
    ['{"step":1,"maxId":0}', 'maxId is 0; expected a decimal string from 1 to 9223372036854775807'],
    ['{"step":1,"maxId":"-1"}', 'maxId is "-1"; expected'],
    ['{"step":1,"maxId":"9223372036854775808"}', 'maxId is "9223372036854775808"; expected'],
    ['{"step":1,"maxId":9007199254740993}', 'maxId is 9007199254740992; expected'],
    [`{"step":1,"description":"${'é'.repeat(257)}"}`, 'expected text of at most 256 characters, or null'],
    ['{"step":1,"description":7}', 'description is 7; expected'],
    ['{"step":1,"steps":2}', 'steps is 2; expected no fields but step, description, maxId'],
    ['{"step":1', 'body is "{\\"step\\":1"; expected valid JSON'],
    ['5', 'expected valid JSON'],
  ])('refuse the body %.50s', async (body, detail) => {
    const answer = await put('/tags/new', body);
    const problem = JSON.parse(answer.text);
    expect(problem).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
    expect(problem.detail).toContain(detail);
    expect(front.service.segment!.records.has('new')).toBe(false);
  });

  it('take a description of 256 characters, however many code units they are', async () => {
    const description = '🌿'.repeat(256);
    const answer = await put('/tags/new', JSON.stringify({ step: 1, description }));
    expect(JSON.parse(answer.text)).toMatchObject({ description });
  });

  it.each(['-a', 'a%2Fb', '%20', 'a'.repeat(129)])('refuse the name %.20s', async tag => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await ask(front.port, `/tags/${tag}`, { method });
      expect(JSON.parse(answer.text)).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
    }
    expect((await put(`/tags/${tag}`, '{"step":1}')).status).toBe(400);
  });

  it('refuse a malformed escape, another content type, an encoded and a large body', async () => {
    expect(JSON.parse((await ask(front.port, '/tags/%zz')).text)).toMatchObject({ status: 400 });
    for (const headers of [{ 'content-type': 'text/plain' }, { 'content-type': 'nonsense' }, {}] as const) {
      const answer = await put('/tags/new', '{"step":1}', headers);
      expect(JSON.parse(answer.text)).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
    }
    const gzip = await put('/tags/new', 'x', { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    expect(JSON.parse(gzip.text)).toMatchObject({
      status: 415,
      detail: expect.stringContaining('"application/json in gzip"'),
    });
    const large = await put('/tags/new', JSON.stringify({ step: 1, description: 'x'.repeat(17_000) }));
    expect(JSON.parse(large.text)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
    expect(large.text).toContain('16384 bytes');
  });

  it('name their methods', async () => {
    const allow = 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS';
    expect(await ask(front.port, '/tags/a', { method: 'POST' })).toMatchObject({ status: 405, headers: { allow } });
    expect(await ask(front.port, '/tags/a', { method: 'OPTIONS' })).toMatchObject({ status: 204, headers: { allow } });
    expect((await ask(front.port, '/tags', { method: 'DELETE' })).headers.allow).toBe('GET, HEAD, OPTIONS');
  });
});

describe('the admin guard', () => {
  it('without a token lets only direct loopback callers by', async () => {
    for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'x-forwarded-host', 'x-forwarded-proto']) {
      const answer = await ask(front.port, '/tags', { headers: { [name]: '127.0.0.1' } });
      const detail = expect.stringContaining('call from the host itself');
      expect(JSON.parse(answer.text)).toMatchObject({ status: 403, code: 'FORBIDDEN', detail });
    }
    // As nginx asks its upstream when nobody told it otherwise.
    const plain = `GET /tags HTTP/1.0\r\nHost: 127.0.0.1:${front.port}\r\nConnection: close\r\n\r\n`;
    expect(await exchange(front.port, plain)).toMatch(/^HTTP\/1\.1 403 /);
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80', '10.0.0.1']) {
      expect((await ask(front.port, '/tags', { headers: { host } })).status).toBe(403);
    }
    for (const host of ['localhost', 'localhost:8080', '127.0.0.1:80', '[::1]:8080']) {
      expect((await ask(front.port, '/tags', { headers: { host } })).status).toBe(200);
    }
  });

  it('with a token asks everybody for it, before it reads a body', async () => {
    const adminToken = 'a-token-of-sixteen-or-more';
    const { port, server, service } = await openFront({ settings: { adminToken } });
    const refused = await ask(port, '/tags');
    expect(refused).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="frond"' } });
    for (const authorization of [
      'Bearer wrong',
      `Basic ${adminToken}`,
      adminToken,
      `Bearer ${adminToken}x`,
      'Bearer ',
    ]) {
      const answer = await ask(port, '/tags/t', { method: 'PUT', body: '{', headers: { authorization } });
      expect(JSON.parse(answer.text)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    }
    for (const authorization of [`Bearer ${adminToken}`, `bearer  ${adminToken}`]) {
      const headers = { authorization, 'x-forwarded-for': '203.0.113.9', 'content-type': 'application/json' };
      const answer = await ask(port, '/tags/t', { method: 'PUT', body: '{"step":1}', headers });
      expect(answer.status).toBeLessThan(300);
    }
    expect(service.segment!.records.has('t')).toBe(true);
    await server.close();
  });
});
