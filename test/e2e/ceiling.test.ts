import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ceilingsRoot } from '../../src/stores/ranges/zookeeper-ceilings.ts';
import { runCli } from '../support/cli.ts';
import { IdClients } from '../support/id-clients.ts';
import { SERVER_SETUP_MS } from '../support/mysql.ts';
import type { ZookeeperServer } from '../support/servers/local-server.ts';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';
import { newSession, newTreeName, startOwnZookeeper } from '../support/zookeeper.ts';

const PATH = '/id/segment/demo';
let server: ZookeeperServer;
let service: Service;

beforeAll(async () => {
  server = await startOwnZookeeper();
}, SERVER_SETUP_MS);
afterAll(() => server?.stop());
afterEach(async () => {
  await server.resume();
  await service.remove();
});

async function metric(name: string): Promise<number> {
  const { text } = await service.get('/metrics');
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** A service on an embedded store under a ceiling in a new tree. */
async function started(policy: 'required' | 'preferred') {
  const tree = newTreeName();
  const url = `${server.url}/${tree}`;
  service = new Service({
    env: {
      FROND_SEGMENT_CEILING: url,
      FROND_SEGMENT_CEILING_POLICY: policy,
      FROND_STEP_MAX_IDS: '1000',
      FROND_STORE_TIMEOUT_MS: '500',
      FROND_TAG_REFRESH_MS: '200',
      FROND_WORKER_SLOTS: 'off',
    },
  });
  return { url, node: `${ceilingsRoot(tree)}/demo` };
}

describe('a service under a ceiling', () => {
  it('needs frond init once; required: refuses while ZooKeeper hangs, and goes on by itself', {
    timeout: 60_000,
  }, async () => {
    const { url } = await started('required');
    void service.start().catch(() => {});
    await waitUntil('the end of the process', () => service.exitCode !== null);
    expect(service.errors.join('\n')).toMatch(/STORE_NOT_INITIALISED.*frond init --segment-ceiling/);
    expect((await runCli(['init', '--segment-ceiling', url])).out).toBe(
      'the place for the ceilings of segments is made\n',
    );
    service.errors.length = 0;
    await service.start();
    await service.ready();
    const clients = new IdClients(service, [PATH]);
    const { ids, refusals } = clients.of(PATH);
    await waitUntil('a flow of IDs', () => ids.length > 100);
    expect(await metric('frond_segment_ceiling_up')).toBe(1);
    await server.pause();
    await waitUntil('refusals', () => refusals.has('503 CEILING_UNAVAILABLE'));
    expect(await metric('frond_segment_ceiling_up')).toBe(0);
    expect(await metric('frond_segment_degraded_takes_total')).toBe(0);
    await server.resume();
    const during = ids.length;
    await waitUntil('IDs after the outage', () => ids.length > during + 100);
    await clients.stop();
    expect(await metric('frond_segment_ceiling_up')).toBe(1);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...refusals.keys()].filter(each => !/CEILING_UNAVAILABLE|DEADLINE_EXCEEDED/.test(each))).toEqual([]);
    expect(service.errors).toEqual([]);
  });

  it('preferred: goes on while ZooKeeper hangs, and covers what it gave afterwards', { timeout: 60_000 }, async () => {
    const { url, node } = await started('preferred');
    await runCli(['init', '--segment-ceiling', url]);
    await service.start();
    await service.ready();
    const clients = new IdClients(service, [PATH]);
    const { ids } = clients.of(PATH);
    await waitUntil('a flow of IDs', () => ids.length > 100);
    await server.pause();
    await waitUntil('ranges without a ceiling', async () => (await metric('frond_segment_degraded_takes_total')) > 1);
    const before = ids.length;
    await waitUntil('IDs without a ceiling', () => ids.length > before + 100);
    await clients.stop();
    await server.resume();
    await waitUntil('the ceiling to be kept again', async () => (await metric('frond_segment_ceiling_up')) === 1);
    const highest = ids.map(BigInt).reduce((max, id) => (id > max ? id : max));
    const witness = newSession(url);
    await witness.connect(20_000);
    await waitUntil('the ceiling to cover every ID', async () => {
      const { ceiling } = JSON.parse((await witness.getData(node)).data.toString()) as { ceiling: string };
      return BigInt(ceiling) > highest;
    });
    await witness.close();
    expect(new Set(ids).size).toBe(ids.length);
  });
});
