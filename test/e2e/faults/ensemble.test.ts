import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_LAYOUT } from '../../../src/allocators/snowflake/id-layout.ts';
import { IdClients } from '../../support/id-clients.ts';
import { SERVER_SETUP_MS } from '../../support/mysql.ts';
import type { ZookeeperServer } from '../../support/servers/local-server.ts';
import { modeOf } from '../../support/servers/zookeeper-mode.ts';
import { Service } from '../../support/service.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { createTree, startOwnEnsemble } from '../../support/zookeeper.ts';

const PATH = '/id/snowflake';
const ENV = {
  FROND_SEGMENT_STORE: 'off',
  FROND_RENEW_INTERVAL_MS: '150',
  FROND_STORE_TIMEOUT_MS: '500',
  FROND_DRAIN_MS: '0',
};

interface Snowflake {
  readonly workerId: number;
  readonly fences: number;
  readonly renewals: { readonly acknowledged: number; readonly unknown: number };
}

async function snowflakeOf(service: Service): Promise<Snowflake> {
  return JSON.parse((await service.get('/status')).text).snowflake;
}

/** The number of renewals that are acknowledged from now on has to rise. */
async function untilRenewed(service: Service): Promise<void> {
  const { acknowledged } = (await snowflakeOf(service)).renewals;
  await waitUntil('a renewal', async () => (await snowflakeOf(service)).renewals.acknowledged > acknowledged);
}

describe('services on an ensemble of three ZooKeepers', () => {
  let servers: readonly ZookeeperServer[];
  let services: readonly Service[];
  let clients: readonly IdClients[];

  beforeAll(async () => {
    servers = await startOwnEnsemble();
  }, SERVER_SETUP_MS);
  afterAll(async () => {
    await Promise.all(servers?.map(each => each.stop()) ?? []);
  });

  /** Two services: the first one prefers the leader, the second one knows only the followers. */
  beforeEach(async () => {
    services = clients = [];
    const leader = await leading();
    const [tree] = (await createTree(leader.url, DEFAULT_LAYOUT)).split('/').slice(-1);
    const order = [leader, ...servers.filter(each => each !== leader)];
    const slots = [order, order.slice(1)].map(
      each => `zookeeper://${each.map(({ host, port }) => `${host}:${port}`).join(',')}/${tree}`,
    );
    services = slots.map(url => new Service({ env: { ...ENV, FROND_WORKER_SLOTS: url } }));
    await Promise.all(services.map(each => each.start()));
    await Promise.all(services.map(each => each.ready()));
    clients = services.map(each => new IdClients(each, [PATH]));
  });

  afterEach(async () => {
    await Promise.all(servers.map(each => each.resume()));
    await Promise.all(services.map(each => each.end('SIGKILL')));
    await Promise.all(clients.map(each => each.stop()));
    await Promise.all(services.map(each => each.remove()));
    const ids = clients.flatMap(each => each.of(PATH).ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(clients.flatMap(each => [...each.of(PATH).refusals.keys()])).toEqual([]);
    expect(services.flatMap(each => each.errors)).toEqual([]);
  });

  const leading = () =>
    waitUntil('a leader', async () => {
      for (const server of servers) if ((await modeOf(server).catch(() => undefined)) === 'leader') return server;
      return false;
    });
  const untilMoreIds = async () => {
    const before = clients.map(each => each.of(PATH).ids.length);
    await waitUntil('more IDs', () => clients.every((each, i) => each.of(PATH).ids.length > before[i]! + 20));
  };
  const connections = (service: Service) => service.log.filter(each => each.msg === 'connected to ZooKeeper').length;
  const expectSameWorkers = async () => {
    const workers = await Promise.all(services.map(snowflakeOf));
    expect(workers.map(each => each.fences)).toEqual([0, 0]);
    expect(workers.map(each => each.workerId).sort()).toEqual([0, 1]);
  };

  it('go on when the leader is killed under load, and their sessions move to the others', async () => {
    await untilMoreIds();
    const leader = await leading();
    await leader.kill();
    await waitUntil('a connection to move', () => services.some(each => connections(each) > 1));
    await Promise.all(services.map(untilRenewed));
    await untilMoreIds();
    await expectSameWorkers();
    expect(services[0]!.log.filter(each => each.msg.startsWith('session with ZooKeeper lost'))).toEqual([]);
    await leader.restart();
  });

  it('go on when the quorum is lost, and renew again when it is back', async () => {
    const leader = await leading();
    const killed = [leader, servers.find(each => each !== leader)!];
    await Promise.all(killed.map(each => each.kill()));
    await waitUntil('renewals that fail', async () =>
      (await Promise.all(services.map(snowflakeOf))).every(({ renewals }) => renewals.unknown >= 3),
    );
    const { acknowledged } = (await snowflakeOf(services[0]!)).renewals;
    await untilMoreIds();
    expect((await snowflakeOf(services[0]!)).renewals.acknowledged).toBe(acknowledged);
    await Promise.all(killed.map(each => each.restart()));
    await Promise.all(services.map(untilRenewed));
    await untilMoreIds();
    await expectSameWorkers();
  });

  it('leave a follower that is frozen', async () => {
    const [, service] = services as [Service, Service];
    await untilRenewed(service);
    const leader = await leading();
    const before = connections(service);
    const moved = () => connections(service) > before;
    // It is connected to one of them; the other one's silence is not felt.
    for (const follower of servers.filter(each => each !== leader)) {
      await follower.pause();
      const { acknowledged } = (await snowflakeOf(service)).renewals;
      await waitUntil(
        'the connection to move, or renewals to go on',
        async () => moved() || (await snowflakeOf(service)).renewals.acknowledged > acknowledged + 5,
      );
      if (moved()) break;
      await follower.resume();
    }
    expect(moved()).toBe(true);
    await untilRenewed(service);
    await untilMoreIds();
    await expectSameWorkers();
  });
});
