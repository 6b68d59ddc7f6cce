import { afterEach, describe, expect, it } from 'vitest';
import { IdClients } from '../support/id-clients.ts';
import { createMysqlDatabase, SERVER_SETUP_MS, sharedMysqlUrl } from '../support/mysql.ts';
import { Service, type ServiceOptions } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

const KILLS = 25;
const PATHS = ['/id/segment/demo', '/id/snowflake', '/id/uuid'] as const;
/** A short lead, so that 25 starts after a crash do not take minutes; the clock tests use the default. */
const SHORT_LEAD = { FROND_LOOKAHEAD_MS: '600', FROND_RENEW_INTERVAL_MS: '150', FROND_START_WAIT_MAX_MS: '2000' };
/** A lead this short is used up when the disk of the test machine is slow; that is the one refusal allowed. */
const ALLOWED = new Set(['503 LIMIT_REACHED']);

/** One incarnation: starts, serves clients of every kind, is killed. Returns its greatest snowflake. */
async function liveAndDie(service: Service, seen: Set<string>, above: bigint): Promise<bigint> {
  await service.start();
  await service.ready();
  const clients = new IdClients(service, PATHS);
  await waitUntil('IDs of every kind', () => PATHS.every(path => clients.of(path).ids.length >= 50));
  await service.end('SIGKILL');
  await clients.stop();
  for (const path of PATHS) {
    expect([...clients.of(path).refusals.keys()].filter(kind => !ALLOWED.has(kind))).toEqual([]);
    for (const id of clients.of(path).ids) {
      if (seen.has(id)) throw new Error(`${id} of ${path} was given before`);
      seen.add(id);
    }
  }
  const snowflakes = clients
    .of('/id/snowflake')
    .ids.map(BigInt)
    .sort((a, b) => (a < b ? -1 : 1));
  expect(snowflakes[0]).toBeGreaterThan(above);
  return snowflakes.at(-1)!;
}

async function killAgainAndAgain(service: Service): Promise<void> {
  const seen = new Set<string>();
  let last = 0n;
  for (let i = 0; i < KILLS; i++) last = await liveAndDie(service, seen, last);
  expect(seen.size).toBeGreaterThanOrEqual(KILLS * 50 * PATHS.length);
  expect(service.errors).toEqual([]);
}

describe(`kill -9 under load, ${KILLS} times in a row, gives no ID twice`, () => {
  let service: Service | undefined;
  const newService = (options: ServiceOptions) => {
    service = new Service(options);
    return service;
  };
  afterEach(() => service?.remove());

  it('with the embedded SQLite store', { timeout: 120_000 }, async () => {
    await killAgainAndAgain(newService({ env: SHORT_LEAD }));
  });

  it('with MySQL', { timeout: SERVER_SETUP_MS }, async () => {
    const database = await createMysqlDatabase(await sharedMysqlUrl());
    await database.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('demo', 1, 1000)");
    await killAgainAndAgain(newService({ env: { ...SHORT_LEAD, FROND_SEGMENT_STORE: database.url } }));
    await database.drop();
  });
});
