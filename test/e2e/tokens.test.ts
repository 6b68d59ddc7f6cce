import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

interface Made {
  readonly token: string;
  readonly entry: object;
}

async function make(...args: string[]): Promise<Made> {
  return JSON.parse((await runCli(['token', ...args, '--json'])).out) as Made;
}

describe('tokens and limits of the real service', () => {
  const directory = mkdtempSync(join(tmpdir(), 'frond-tokens-'));
  const path = join(directory, 'tokens.json');
  const service = new Service({
    env: { FROND_TOKENS_FILE: path, FROND_TAG_LIMIT_IDS_PER_S: '1', FROND_TAG_LIMIT_BURST_IDS: '1000' },
  });
  let old: Made;
  let young: Made;
  let scraper: Made;

  /** Puts another file in the place of the old one, as tools do that deliver secrets. */
  function deliver(text: string): void {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }
  const fileOf = (...made: Made[]) => JSON.stringify({ tokens: made.map(each => each.entry) });
  const get = (url: string, token?: string) =>
    service.get(url, token === undefined ? {} : { authorization: `Bearer ${token}` });
  const messages = () => service.log.map(line => line.msg);

  beforeAll(async () => {
    [old, young, scraper] = await Promise.all([
      make('shop', '--scope', 'ids', 'admin'),
      make('shop', '--scope', 'ids', 'admin'),
      make('prometheus', '--scope', 'metrics'),
    ]);
    deliver(fileOf(old, scraper));
    await service.start();
    await service.ready();
  });
  afterAll(async () => {
    await service.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  it('are asked for on every route but health and the page', async () => {
    for (const url of ['/id/snowflake', '/id/segment/demo', '/id/uuid', '/status', '/metrics', '/tags', '/decode/1']) {
      expect((await get(url)).status, url).toBe(401);
    }
    for (const url of ['/healthz', '/readyz', '/']) expect((await get(url)).status, url).toBe(200);
    expect((await get('/id/snowflake', old.token)).status).toBe(200);
    expect((await get('/metrics', old.token)).status).toBe(403);
    expect((await get('/metrics', scraper.token)).text).toMatch(/^frond_http_auth_total\{outcome="missing"\} [1-9]/m);
  });

  it('are rotated without a restart: both for a while, then the new one, at SIGHUP and by themselves', async () => {
    const { pid } = service;
    deliver(fileOf(old, young, scraper));
    service.signal('SIGHUP');
    await waitUntil('the new token', async () => (await get('/id/snowflake', young.token)).status === 200);
    expect((await get('/id/snowflake', old.token)).status).toBe(200);

    deliver(fileOf(young, scraper));
    await waitUntil('the old token to end', async () => (await get('/id/snowflake', old.token)).status === 401);
    expect((await get('/id/snowflake', young.token)).status).toBe(200);
    expect(service.pid).toBe(pid);
  });

  it('stay as they are while the file cannot be used, which the log says', async () => {
    deliver('{"tokens":[{"name":"shop"}]}');
    service.signal('SIGHUP');
    const refused = 'tokens not taken, the old stay in use: FROND_TOKENS_FILE: tokens[0] (shop), sha256: expected';
    await waitUntil('the refusal', () => messages().some(message => message.startsWith(refused)));
    expect((await get('/id/snowflake', young.token)).status).toBe(200);
    deliver(fileOf(young, scraper));
  });

  it('are refused in the URL, and in no log line', async () => {
    const answer = await get(`/id/snowflake?token=${young.token}`);
    expect(answer.status).toBe(400);
    const everything = JSON.stringify([answer.text, service.log, service.errors]);
    for (const { token } of [old, young, scraper]) expect(everything).not.toContain(token);
  });

  it('share the limit of a tag, which says when to come back', async () => {
    const take = (count: number) => get(`/id/segment/demo?count=${count}`, young.token);
    expect((await take(900)).status).toBe(200);
    const refused = await take(900);
    expect(refused.status).toBe(429);
    expect(refused.headers['ratelimit-policy']).toBe('"tag";q=1000;w=1000;qu="ids"');
    // What has flowed in since is not known; 900 were taken of 1000.
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds).toBeGreaterThan(600);
    expect(seconds).toBeLessThanOrEqual(800);
    expect((await take(1001)).status).toBe(400);
    expect((await take(50)).status).toBe(200);
    expect((await get('/metrics', scraper.token)).text).toContain('frond_http_rate_limited_total{limit="tag"} 1\n');
  });

  it.each([
    ['{"tokens":[{"name":"shop"}]}', 'INVALID_CONFIG: FROND_TOKENS_FILE: tokens[0] (shop), sha256: expected'],
    [undefined, 'INVALID_CONFIG: FROND_TOKENS_FILE: ENOENT'],
  ])('that cannot be used refuse the start: %s', async (text, problem) => {
    const other = join(directory, 'other.json');
    if (text === undefined) rmSync(other);
    else writeFileSync(other, text);
    const { code, err } = await runCli(['serve'], {
      FROND_TOKENS_FILE: other,
      FROND_DATA_DIR: join(directory, 'data'),
    });
    expect(code).toBe(2);
    expect(err).toContain(problem);
  });
});
