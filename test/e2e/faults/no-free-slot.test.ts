import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_LAYOUT } from '../../../src/allocators/snowflake/id-layout.ts';
import { initMysqlSlots } from '../../../src/stores/slots/init-mysql.ts';
import { createMysqlDatabase, SERVER_SETUP_MS, sharedMysqlUrl } from '../../support/mysql.ts';
import { Service } from '../../support/service.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { createTree, startOwnZookeeper } from '../../support/zookeeper.ts';

const LAYOUT = { ...DEFAULT_LAYOUT, workerBits: 1 };
/** Outlasts every stall of a busy test machine: the other holder must not lose its own. */
const ALLOWANCE_MS = 5000;
const LOOKAHEAD_MS = 600;
/** A call to the store that takes longer has failed. */
const SAMPLE_AGE_MAX_MS = 2000;
const LONG = { timeout: 90_000 };

interface Slots {
  readonly url: string;
  remove(): Promise<void>;
}

async function inMysql(): Promise<Slots> {
  const { url, drop } = await createMysqlDatabase(await sharedMysqlUrl(), false);
  await initMysqlSlots(url, LAYOUT);
  return { url, remove: drop };
}

async function inZookeeper(): Promise<Slots> {
  const server = await startOwnZookeeper({ maxSessionMs: 2000 });
  return { url: await createTree(server.url, LAYOUT), remove: () => server.stop() };
}

describe.concurrent.each([
  ['MySQL', inMysql],
  ['ZooKeeper', inZookeeper],
])('when every worker ID in %s is held', (_, make) => {
  let slots: Slots;
  let services: readonly Service[];

  beforeEach(async () => {
    services = [];
    slots = await make();
    const env = {
      FROND_SEGMENT_STORE: 'off',
      FROND_WORKER_SLOTS: slots.url,
      FROND_WORKER_BITS: '1',
      FROND_ALLOWANCE_MS: String(ALLOWANCE_MS),
      FROND_LOOKAHEAD_MS: String(LOOKAHEAD_MS),
      FROND_RENEW_INTERVAL_MS: '150',
      FROND_START_WAIT_MAX_MS: '2000',
    };
    services = [0, 1, 2].map(() => new Service({ env }));
  }, SERVER_SETUP_MS);
  afterEach(async () => {
    await Promise.all(services.map(each => each.remove()));
    await slots.remove();
  });

  it('a start says when the next one is free, and then succeeds by itself', LONG, async () => {
    const [first, second, third] = services as [Service, Service, Service];
    await Promise.all([first.start(), second.start()]);
    await Promise.all([first.ready(), second.ready()]);
    const ids = [first, second].map(async each => (await each.get('/id/snowflake')).text);
    const before = (await Promise.all(ids)).map(BigInt);
    await third.start();
    const refused = await waitUntil('the refusal', async () => {
      const answer = await third.get('/id/snowflake');
      return answer.text.includes('NO_FREE_SLOT') && answer;
    });
    expect(refused.status).toBe(503);
    const { detail } = JSON.parse(refused.text) as { detail: string };
    const nextFreeMs = Number(/^All 2 worker IDs are held; the next may be free in (\d+) ms/.exec(detail)?.[1]);
    expect(nextFreeMs).toBeGreaterThan(0);
    // Counted from the store's time, which was asked for before the bound was read.
    expect(nextFreeMs).toBeLessThanOrEqual(ALLOWANCE_MS + LOOKAHEAD_MS + SAMPLE_AGE_MAX_MS);
    const retryAfterMs = Number(refused.headers['retry-after']) * 1000;
    expect(retryAfterMs).toBeGreaterThanOrEqual(nextFreeMs);
    expect(retryAfterMs).toBeLessThan(nextFreeMs + 1000);
    expect((await third.get('/readyz')).status).toBe(503);
    // One dies; the other holds on to its own.
    const { workerId } = (await statusOf(first)).snowflake;
    await first.end('SIGKILL');
    const { workers } = JSON.parse((await second.get('/workers')).text);
    const { bound } = workers.find((each: { workerId: number }) => each.workerId === workerId);
    const id = await waitUntil('an ID', async () => {
      const { status, text } = await third.get('/id/snowflake');
      return status === 200 && BigInt(text);
    });
    // Not a moment before the time that the dead one may have used.
    expect(Date.now()).toBeGreaterThan(Date.parse(bound));
    expect((await statusOf(third)).snowflake).toMatchObject({ workerId, incarnation: 2 });
    expect(before.every(each => id > each)).toBe(true);
    expect((await second.get('/readyz')).status).toBe(200);
  });
});

async function statusOf(service: Service) {
  return JSON.parse((await service.get('/status')).text);
}
