import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { Service } from '../support/service.ts';

const json = (text: string) => JSON.parse(text) as unknown;
const lines = (text: string) => text.trimEnd().split('\n');

let service: Service;
beforeAll(async () => {
  service = await (await new Service().start()).ready();
});
afterAll(() => service.remove());

const fromServer = (...args: string[]) => runCli(['next', ...args], { FROND_PORT: new URL(service.url).port });
const fromStore = (...args: string[]) =>
  runCli(['next', ...args, '--direct'], { FROND_DATA_DIR: join(service.directory, 'data') });

describe('frond next, from a server', () => {
  it('gives the next ID of a tag, then as many as are asked for', async () => {
    const one = await fromServer('segment', 'demo');
    expect(one).toMatchObject({ code: 0, err: '' });
    const first = Number(one.out);
    const more = await fromServer('segment', 'demo', '-n', '12000');
    expect(lines(more.out).map(Number)).toEqual(Array.from({ length: 12_000 }, (_, i) => first + 1 + i));
  });

  it('gives JSON as the service does', async () => {
    expect(json((await fromServer('segment', 'demo', '--json')).out)).toEqual({
      id: expect.stringMatching(/^\d+$/),
      kind: 'segment',
      tag: 'demo',
    });
    const many = json((await fromServer('snowflake', '-n', '2', '--format', 'json')).out);
    expect(many).toEqual({ ids: [expect.stringMatching(/^\d{19}$/), expect.any(String)], kind: 'snowflake' });
  });

  it('writes UUIDs of both versions, and as ULIDs', async () => {
    expect((await fromServer('uuid')).out).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect((await fromServer('uuid', '--v4')).out).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    const ulids = lines((await fromServer('uuid', '-n', '3', '--format', 'base32')).out);
    expect(ulids.every(ulid => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(ulid))).toBe(true);
    expect(ulids.toSorted()).toEqual(ulids);
  });

  it('says what the server refuses, with the code that the same refusal has elsewhere', async () => {
    const unknown = await fromServer('segment', 'nope');
    expect(unknown).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^frond: UNKNOWN_TAG: .*"nope"/) });
    const bad = await fromServer('segment', 'a b');
    expect(bad).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^frond: INVALID_ARGUMENT: /) });
    expect(await fromServer('snowflake', '-n', '10000001')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--count/),
    });
  });

  it('names the server that does not answer, and what to do', async () => {
    const { code, err } = await runCli(['next', 'uuid', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(3);
    expect(err).toMatch(/no server answers at http:\/\/127.0.0.1:1 \(.*ECONNREFUSED.*start it with "frond serve"/);
  });
});

describe('frond next --direct', () => {
  it('takes a range beside the server, and gives back what is left of it', async () => {
    await runCli(['tags', 'create', 'direct', '--step', '100'], { FROND_DATA_DIR: join(service.directory, 'data') });
    expect((await fromStore('segment', 'direct', '-n', '3')).out).toBe('1\n2\n3\n');
    expect((await fromStore('segment', 'direct')).out).toBe('4\n');
  });

  it('gives snowflakes under a worker ID that no server has', async () => {
    const { out, err } = await fromStore('snowflake');
    expect(err).toBe('');
    expect(json((await runCli(['decode', out.trim(), '--json'])).out)).toMatchObject({ workerId: 1 });
  });

  it('needs no store for UUIDs', async () => {
    const env = { FROND_SEGMENT_STORE: 'mysql://nobody@127.0.0.1:1/none' };
    const { code, out } = await runCli(['next', 'uuid', '--direct', '-n', '2', '--format', 'hex'], env);
    expect([code, out]).toEqual([0, expect.stringMatching(/^[0-9a-f]{32}\n[0-9a-f]{32}\n$/)]);
  });

  it.each([
    [['segment', 'demo', '--data-dir', '/nowhere'], 2, /the database \/nowhere\/frond.db does not exist/],
    [['snowflake', '--data-dir', '/nowhere'], 2, /the directory \/nowhere\/slots does not exist/],
    [['segment', 'nope'], 1, /UNKNOWN_TAG/],
    [['segment', 'demo', '--segment-store', 'mysql://nobody@127.0.0.1:1/none'], 3, /STORE_UNAVAILABLE/],
  ])('refuses %j with %i', async (args, code, text) => {
    expect(await fromStore(...args)).toMatchObject({ code, out: '', err: expect.stringMatching(text) });
  });
});
