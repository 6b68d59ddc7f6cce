import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Service } from '../support/service.ts';

const TAG = '/id/segment/';

/** Path, status, code, and what the text must name. */
const BAD_PATHS: readonly (readonly [path: string, status: number, code: string, names: RegExp])[] = [
  [`${TAG}demo?count=0`, 400, 'INVALID_ARGUMENT', /count is "0".*1 to 100000/],
  [`${TAG}demo?count=-1`, 400, 'INVALID_ARGUMENT', /count is "-1".*1 to 100000/],
  [`${TAG}demo?count=1e9`, 400, 'INVALID_ARGUMENT', /count is "1e9".*1 to 100000/],
  [`${TAG}demo?count=abc`, 400, 'INVALID_ARGUMENT', /count is "abc".*1 to 100000/],
  [
    `${TAG}demo?count=1180591620717411303424`,
    400,
    'INVALID_ARGUMENT',
    /count is "1180591620717411303424".*1 to 100000/,
  ],
  [`/id/snowflake?count=100001`, 400, 'INVALID_ARGUMENT', /count is "100001".*1 to 100000/],
  [`${TAG}demo/ranges?count=10000001`, 400, 'INVALID_ARGUMENT', /count is "10000001".*1 to 10000000/],
  [`${TAG}demo?size=3`, 400, 'INVALID_ARGUMENT', /size/],
  [`/id/uuid?version=5`, 400, 'INVALID_ARGUMENT', /version is "5".*4.*7/],
  [`${TAG}${'a'.repeat(200)}`, 400, 'INVALID_ARGUMENT', /tag is "a+….*1 to 128 characters/],
  [`${TAG}a%2Fb`, 400, 'INVALID_ARGUMENT', /tag is "a\/b".*1 to 128 characters/],
  [`${TAG}a%20b`, 400, 'INVALID_ARGUMENT', /tag is "a b".*1 to 128 characters/],
  [`${TAG}%zz`, 400, 'INVALID_ARGUMENT', /tag/],
  [`${TAG}%E2%98%83`, 400, 'INVALID_ARGUMENT', /tag is "☃".*1 to 128 characters/],
  [`${TAG}..%2f..%2fetc%2fpasswd`, 400, 'INVALID_ARGUMENT', /tag/],
  [`${TAG}unknown`, 404, 'UNKNOWN_TAG', /"unknown".*PUT \/tags/],
  [`${TAG}a/b/c`, 404, 'NOT_FOUND', /a\/b\/c/],
  ['/decode/abc', 400, 'INVALID_ARGUMENT', /id is "abc"/],
  ['/decode/9223372036854775808', 400, 'INVALID_ARGUMENT', /id is "?9223372036854775808/],
  ['/nowhere', 404, 'NOT_FOUND', /nowhere/],
];

describe('bad input to the real service', () => {
  const service = new Service({ env: { FROND_HEADERS_TIMEOUT_MS: '300', FROND_REQUEST_TIMEOUT_MS: '500' } });
  beforeAll(async () => {
    await service.start();
    await service.ready();
  });
  afterAll(() => service.remove());

  /** What the server answers to raw bytes until it closes the connection. */
  const raw = (bytes: string | Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = createConnection(Number(new URL(service.url).port), '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1');
      socket.on('data', chunk => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      // The server may answer and close while we still send.
      socket.on('error', error => (text === '' ? reject(error) : undefined));
      socket.write(bytes);
    });

  it.each(BAD_PATHS)('GET %s gives %i %s and names what is wrong', async (path, status, code, names) => {
    const answer = await service.get(path);
    const problem = JSON.parse(answer.text) as { status: number; code: string; detail: string };
    expect([answer.status, problem.status, problem.code]).toEqual([status, status, code]);
    expect(problem.detail).toMatch(names);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it.each([
    ['POST', '/id/snowflake'],
    ['DELETE', `${TAG}demo`],
    ['PUT', '/tags'],
    ['POST', '/metrics'],
  ])('%s %s gives 405 and says what is allowed', async (method, path) => {
    const answer = await service.send(method, path);
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(answer.headers['allow']).toMatch(/GET/);
  });

  it.each([
    ['{"step":0}', /step/],
    ['{"step":2147483648}', /step/],
    ['{"step":"many"}', /step/],
    ['{"step":1,"maxId":"-5"}', /maxId/],
    ['{"step":1,"color":"red"}', /color/],
    ['{"step":', /JSON/],
    ['[]', /object/],
  ])('PUT /tags/x with %s gives 400 and names the field', async (body, names) => {
    const answer = await service.send('PUT', '/tags/x', body, { 'content-type': 'application/json' });
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(JSON.parse(answer.text).detail).toMatch(names);
  });

  it('a header of 1 MB gives 431', async () => {
    expect(await raw(`GET /id/uuid HTTP/1.1\r\nHost: x\r\nX-Big: ${'a'.repeat(2 ** 20)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 [\s\S]*HEADERS_TOO_LARGE/,
    );
  });

  it('half a request gives 408 when its time is over', async () => {
    expect(await raw('GET /id/uuid HTTP/1.1\r\nHost:')).toMatch(/^HTTP\/1\.1 408 [\s\S]*REQUEST_TIMEOUT/);
  });

  it('garbage gives 400', async () => {
    expect(await raw(Buffer.from([0, 255, 13, 10, 7, 7, 7, 13, 10, 13, 10]))).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*MALFORMED_REQUEST/,
    );
  });

  it('20,000 times over leaves the process alive, its memory where it was, and IDs flowing', async () => {
    const residentBytes = async () =>
      Number(/^process_resident_memory_bytes (\d+)$/m.exec((await service.get('/metrics')).text)![1]);
    const round = async (name: string) => {
      for (let i = 0; i < 200; i++) {
        await Promise.all(Array.from({ length: 50 }, (_, k) => service.get(`${TAG}${name}-${i}-${k}`)));
      }
    };
    await round('warm-up');
    const before = await residentBytes();
    await round('again');
    expect((await residentBytes()) - before).toBeLessThan(64 * 2 ** 20);
    expect((await service.get(`${TAG}demo`)).status).toBe(200);
    expect(service.errors).toEqual([]);
  });
});
