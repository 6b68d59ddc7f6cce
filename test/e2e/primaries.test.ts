import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initMysql } from '../../src/stores/ranges/init-mysql.ts';
import { initPrimaries } from '../../src/stores/ranges/init-primaries.ts';
import { IdClients } from '../support/id-clients.ts';
import { createMysqlDatabase, type MysqlDatabase, SERVER_SETUP_MS, startOwnMysql } from '../support/mysql.ts';
import type { MysqlServer } from '../support/servers/local-server.ts';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

const PATH = '/id/segment/order';

interface Status {
  readonly segment: { readonly health: { readonly primaries: readonly { readonly failure: string | null }[] } };
}

describe('two processes on two primaries, of which one fails under load', () => {
  const servers: MysqlServer[] = [];
  const databases: MysqlDatabase[] = [];
  const services: Service[] = [];
  const seen = new Set<string>();

  beforeAll(async () => {
    // One after the other: two installations at once meet in the same temporary files.
    servers.push(await startOwnMysql(), await startOwnMysql());
    for (const server of servers) databases.push(await createMysqlDatabase(server.url));
    const urls = databases.map(database => database.url);
    for (const url of urls) await initMysql(url);
    await initPrimaries(urls);
    const env = { FROND_SEGMENT_STORE: urls.join(' '), FROND_STEP_MAX_IDS: '1000' };
    services.push(new Service({ env }), new Service({ env }));
    for (const service of services) await (await service.start()).ready();
    const made = await services[0]!.send('PUT', '/tags/order', '{"step":1000}', { 'content-type': 'application/json' });
    expect(made.status).toBe(201);
  }, SERVER_SETUP_MS);
  afterAll(async () => {
    await Promise.all(services.map(service => service.remove()));
    await Promise.all(servers.map(server => server.stop()));
  });

  const failures = async (service: Service) => {
    const status = JSON.parse((await service.get('/status')).text) as Status;
    return status.segment.health.primaries.map(primary => primary.failure);
  };

  async function through(begin: () => Promise<void>, end: () => Promise<void>): Promise<void> {
    const clients = services.map(service => new IdClients(service, [PATH]));
    const harvests = clients.map(each => each.of(PATH));
    const untilMore = (what: string, count: number) => {
      const before = harvests.map(({ ids }) => ids.length);
      return waitUntil(what, () => harvests.every(({ ids }, i) => ids.length > before[i]! + count));
    };
    await untilMore('IDs', 2500);
    await begin();
    await untilMore('IDs of the other one', 3000);
    for (const service of services) {
      await waitUntil('the first to be left out', async () => (await failures(service))[0] === 'STORE_UNAVAILABLE');
      expect((await failures(service))[1]).toBeNull();
    }
    await untilMore('IDs of the other one', 3000);
    await end();
    for (const service of services) {
      await waitUntil('the first to be used again', async () => (await failures(service))[0] === null);
    }
    const marks = harvests.map(({ ids }) => ids.length);
    await untilMore('IDs of both', 3000);
    await Promise.all(clients.map(each => each.stop()));
    for (const [i, { ids, refusals, broken }] of harvests.entries()) {
      expect([[...refusals], broken]).toEqual([[], 0]);
      expect(new Set(ids.slice(marks[i]).map(id => Number(id) % 2)).size).toBe(2);
      for (const id of ids) {
        expect(seen.has(id), id).toBe(false);
        seen.add(id);
      }
    }
  }

  it('answers ranges with their step, and batches of exactly the asked size', async () => {
    const answer = await services[0]!.get('/id/segment/order/ranges?count=2500');
    const { ranges } = JSON.parse(answer.text) as { ranges: { start: string; end: string; step: string }[] };
    const ids = ranges.flatMap(({ start, end, step }) => {
      expect(step).toBe('2');
      const count = (Number(end) - Number(start)) / 2 + 1;
      return Array.from({ length: count }, (_, i) => String(Number(start) + 2 * i));
    });
    const lines = (await services[0]!.get('/id/segment/order?count=2500')).text.trimEnd().split('\n');
    expect([ids.length, lines.length]).toEqual([2500, 2500]);
    for (const id of [...ids, ...lines]) seen.add(id);
    expect(seen.size).toBe(5000);
  });

  it('by dying: no request fails, no ID twice, and it is used again', { timeout: 90_000 }, () =>
    through(
      () => servers[0]!.kill(),
      () => servers[0]!.restart(),
    ),
  );

  it('by hanging: no request fails, no ID twice, and it is used again', { timeout: 90_000 }, () =>
    through(
      () => servers[0]!.pause(),
      () => servers[0]!.resume(),
    ),
  );

  it('refuses a change of a tag that only one can take, and says so', { timeout: 90_000 }, async () => {
    await servers[0]!.kill();
    const put = () => services[1]!.send('PUT', '/tags/order', '{"step":900}', { 'content-type': 'application/json' });
    const refused = await put();
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([
      503,
      { code: 'STORE_UNAVAILABLE', detail: expect.stringContaining('repeat the change when it answers') },
    ]);
    await servers[0]!.restart();
    await waitUntil('the change', async () => (await put()).status === 200);
    const steps = await Promise.all(databases.map(each => each.query('SELECT step FROM leaf_alloc')));
    expect(steps).toEqual([[{ step: 900 }], [{ step: 900 }]]);
  });

  it('exits with the row named when a residue is wrong at the start', { timeout: 90_000 }, async () => {
    await databases[1]!.query('UPDATE frond_residue SET remainder = 0');
    const env = { FROND_SEGMENT_STORE: databases.map(each => each.url).join(' ') };
    const service = new Service({ env });
    await service.start().catch(() => {});
    await waitUntil('the end', () => service.exitCode !== null);
    expect(service.exitCode).toBe(1);
    const told = [...service.errors, ...service.log.map(line => JSON.stringify(line))].join('\n');
    expect(told).toContain('STORE_NOT_INITIALISED');
    expect(told).toContain('frond_residue says delta 2, remainder 0, as that of mysql://');
    await service.remove();
  });
});
