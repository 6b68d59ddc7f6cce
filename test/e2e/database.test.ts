import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdClients } from '../support/id-clients.ts';
import { createMysqlDatabase, SERVER_SETUP_MS, startOwnMysql } from '../support/mysql.ts';
import type { MysqlServer } from '../support/servers/local-server.ts';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

const PATH = '/id/segment/order';
/** Longest pauses between tries are between 400 and 800 ms; the first few are shorter. */
const MIN_PAUSE_MS = 400;
const SHORT_TRIES = 6;

describe('a MySQL that fails under load', () => {
  let server: MysqlServer;
  let service: Service;
  const seen = new Set<string>();

  beforeAll(async () => {
    server = await startOwnMysql();
    const database = await createMysqlDatabase(server.url);
    await database.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 1, 1000)");
    service = new Service({ env: { FROND_SEGMENT_STORE: database.url, FROND_STEP_MAX_IDS: '1000' } });
    await service.start();
    await service.ready();
  }, SERVER_SETUP_MS);
  afterAll(async () => {
    await service.remove();
    await server.stop();
  });

  const failedFetches = async () => {
    const { text } = await service.get('/metrics');
    return Number(/^frond_segment_fetches_total\{outcome="failed"\} (\d+)$/m.exec(text)![1]);
  };

  async function throughOutage(begin: () => Promise<void>, end: () => Promise<void>): Promise<void> {
    const clients = new IdClients(service, [PATH]);
    const { ids, refusals } = clients.of(PATH);
    await waitUntil('a flow of IDs', () => ids.length > 100);
    const failedBefore = await failedFetches();
    await begin();
    const before = ids.length;
    await waitUntil('IDs from the buffers', () => ids.length > before);
    await waitUntil('refusals', () => refusals.size > 0);
    const startedMs = performance.now();
    const refused = await service.get(PATH);
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([503, 'STORE_UNAVAILABLE']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect((await service.get('/id/snowflake')).status).toBe(200);
    expect((await service.get('/healthz')).status).toBe(200);
    await waitUntil('more failed tries', async () => (await failedFetches()) - failedBefore >= SHORT_TRIES);
    const tries = (await failedFetches()) - failedBefore;
    expect(tries).toBeLessThanOrEqual(SHORT_TRIES + 2 + (performance.now() - startedMs) / MIN_PAUSE_MS);
    await end();
    const during = ids.length;
    await waitUntil('IDs after the outage', () => ids.length > during + 100);
    await clients.stop();
    expect([...refusals.keys()]).toEqual(['503 STORE_UNAVAILABLE']);
    for (const id of ids) {
      expect(seen.has(id)).toBe(false);
      seen.add(id);
    }
    expect(service.errors).toEqual([]);
  }

  it('by hanging: buffers, then 503 with Retry-After, then recovery', { timeout: 60_000 }, () =>
    throughOutage(
      () => server.pause(),
      () => server.resume(),
    ),
  );

  it('by dying: buffers, then 503 with Retry-After, then recovery', { timeout: 60_000 }, () =>
    throughOutage(
      () => server.kill(),
      () => server.restart(),
    ),
  );
});

describe('a MySQL that is away for callers who name a fallback', () => {
  it('is not waited for, and used again as soon as it is back', { timeout: SERVER_SETUP_MS }, async () => {
    const server = await startOwnMysql();
    const database = await createMysqlDatabase(server.url);
    await database.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 1, 1000)");
    const env = { FROND_SEGMENT_STORE: database.url, FROND_WAIT_DEADLINE_MS: '60000', FROND_TAG_REFRESH_MS: '200' };
    const service = new Service({ env });
    await service.start();
    await service.ready();
    await server.kill();
    const failure = async () => JSON.parse((await service.get('/status')).text).segment.storeFailure;
    await waitUntil('a question without an answer', async () => (await failure()) !== null);
    let isAnswered = false;
    const plain = service.get(PATH).finally(() => {
      isAnswered = true;
    });
    for (let i = 0; i < 20; i++) {
      expect((await service.get(`${PATH}?fallback=snowflake`)).headers['frond-kind']).toBe('snowflake');
    }
    expect(isAnswered).toBe(false);
    await server.restart();
    expect(await plain).toMatchObject({ status: 200, text: '1' });
    const back = await service.get(`${PATH}?fallback=snowflake`);
    expect([back.headers['frond-kind'], back.text]).toEqual(['segment', '2']);
    await service.remove();
    await server.stop();
  });
});

describe('a MySQL that is away when the service starts', () => {
  it('leaves the other kinds working, and is used as soon as it is back', { timeout: SERVER_SETUP_MS }, async () => {
    const server = await startOwnMysql();
    const database = await createMysqlDatabase(server.url);
    await database.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 7, 1000)");
    await server.kill();
    const service = await new Service({ env: { FROND_SEGMENT_STORE: database.url } }).start();
    await waitUntil('snowflakes', async () => (await service.get('/id/snowflake')).status === 200);
    const refused = await service.get(PATH);
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([503, 'STORE_UNAVAILABLE']);
    expect((await service.get('/readyz')).status).toBe(503);
    await server.restart();
    await service.ready();
    expect((await service.get(PATH)).text).toBe('7');
    await service.remove();
    await server.stop();
  });

  it('without the table is an error that says what to do', { timeout: SERVER_SETUP_MS }, async () => {
    const server = await startOwnMysql();
    const database = await createMysqlDatabase(server.url, false);
    const service = new Service({ env: { FROND_SEGMENT_STORE: database.url } });
    await service.start().catch(() => {});
    await waitUntil('the end of the process', () => service.exitCode !== null);
    expect(service.exitCode).toBe(1);
    expect(service.errors.join('\n')).toMatch(/STORE_NOT_INITIALISED.*frond init/);
    await service.remove();
    await server.stop();
  });
});
