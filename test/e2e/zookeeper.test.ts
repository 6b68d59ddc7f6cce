import { describe, expect, it } from 'vitest';
import { SnowflakeAllocator, type SnowflakeOptions } from '../../src/allocators/snowflake/snowflake-allocator.ts';
import { initStores } from '../../src/cli/init.ts';
import { resolveConfig } from '../../src/config.ts';
import { realSystem } from '../../src/system/system.ts';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';
import { newTreeName, type TestSessionOptions } from '../support/zookeeper.ts';
import { LAYOUT, ZookeeperSlotsRig } from '../support/zookeeper-slots-rig.ts';

const rig = new ZookeeperSlotsRig();

const OWNER = { host: '172.17.0.2', port: 8080, pid: 1 };
/** Fast renewals, and a bound that is soon reached. */
const FAST: SnowflakeOptions = {
  ...LAYOUT,
  renewIntervalMs: 100,
  lookaheadMs: 1000,
  startWaitMaxMs: 5000,
  opTimeoutMs: 500,
  allowanceMs: 1500,
  owner: OWNER,
};

async function running(url: string, session: TestSessionOptions = {}): Promise<SnowflakeAllocator> {
  const store = rig.newStore(url, { timeoutMs: 400, ...session });
  const allocator = new SnowflakeAllocator({ store, system: realSystem, options: FAST });
  rig.adopt({ close: () => allocator.stop() });
  await allocator.start();
  await waitUntil('the allocator to be ready', () => allocator.state === 'ready');
  return allocator;
}

const mint = (allocator: SnowflakeAllocator) => allocator.source().tryNext();
const failureOf = (allocator: SnowflakeAllocator) => allocator.status().failure;

describe('snowflakes with worker slots in ZooKeeper', () => {
  it('give instances of the same host and port worker IDs of their own', async () => {
    const allocators = await Promise.all([running(rig.direct), running(rig.direct), running(rig.direct)]);
    expect(allocators.map(each => each.workerId).sort()).toEqual([0, 1, 2]);
    const ids = new Set<bigint>();
    for (let i = 0; i < 3000; i++) ids.add(await allocators[i % 3]!.source().next());
    expect(ids.size).toBe(3000);
  });

  it('give a stopped worker ID to the next instance, which starts above everything used', async () => {
    const first = await running(rig.direct);
    const before = await first.source().next();
    await first.stop();
    const second = await running(rig.direct);
    expect(second.workerId).toBe(0);
    expect(second.status().incarnation).toBe(2);
    expect(await second.source().next()).toBeGreaterThan(before);
  });

  it('go on without ZooKeeper up to the bound, refuse beyond it, and go on when it is back', async () => {
    const allocator = await running(rig.direct);
    await rig.server.kill();
    const boundMs = allocator.status().boundLeftMs! + realSystem.clock.wallMs();
    let last = 0n;
    await waitUntil('the bound', () => {
      const id = mint(allocator);
      if (id !== undefined) last = id;
      return id === undefined && failureOf(allocator) === 'LIMIT_REACHED';
    });
    const usedMs = allocator.decode(last).timeMs;
    expect(usedMs).toBeGreaterThan(boundMs - 1000);
    expect(usedMs).toBeLessThanOrEqual(boundMs);
    const { acknowledged } = allocator.status().renewals;
    await rig.server.restart();
    const id = await waitUntil('an ID', () => mint(allocator));
    expect(id).toBeGreaterThan(last);
    expect(allocator.status()).toMatchObject({ workerId: 0, fences: 0 });
    expect(allocator.status().renewals.acknowledged).toBeGreaterThan(acknowledged);
  });

  it('are given without a break while the session expires, and its sign of life comes back', async () => {
    const witness = await rig.witness();
    const allocator = await running(rig.viaProxy, { sessionTimeoutMs: 500, timeoutMs: 200 });
    const first = (await witness.exists(rig.node('live/0')))!.ephemeralOwner;
    let refused = 0;
    const mintOn = () => {
      if (mint(allocator) === undefined && failureOf(allocator) !== null) refused++;
    };
    rig.proxy.goSilent();
    await waitUntil('the session to expire', async () => {
      mintOn();
      return (await witness.exists(rig.node('live/0'))) === undefined;
    });
    rig.proxy.pass();
    await waitUntil('the sign of life', async () => {
      mintOn();
      const stat = await witness.exists(rig.node('live/0'));
      return stat !== undefined && stat.ephemeralOwner !== first;
    });
    expect([refused, allocator.status().fences, allocator.workerId]).toEqual([0, 0, 0]);
  });

  it('end at once on a worker ID that was taken over, and go on under another', async () => {
    const allocator = await running(rig.direct);
    const thief = await rig.opened(rig.direct);
    const witness = await rig.witness();
    await witness.remove(rig.node('live/0'), -1);
    await waitUntil('the theft', async () => {
      const slot = (await thief.read(0))!;
      return thief.take(slot, { ...slot.data, token: 'thief', incarnation: slot.data.incarnation + 1 });
    });
    await waitUntil('another worker ID', () => allocator.workerId === 1 && allocator.state === 'ready');
    expect(allocator.status().fences).toBe(1);
    expect((await thief.read(0))?.data.token).toBe('thief');
  });
});

describe('the service', () => {
  it('needs frond init once, and then serves snowflakes', async () => {
    const url = `${rig.server.url}/${newTreeName()}`;
    const service = new Service({ env: { FROND_WORKER_SLOTS: url, FROND_SEGMENT_STORE: 'off' } });
    try {
      void service.start().catch(() => {});
      await waitUntil('the end of the process', () => service.exitCode !== null);
      expect(service.exitCode).toBe(1);
      expect(service.errors.join('\n')).toMatch(/STORE_NOT_INITIALISED.*frond init/);
      const config = resolveConfig({ workerSlots: url });
      expect(await initStores(config, {})).toEqual(['the tree is made; servers may claim worker IDs']);
      expect(await initStores(config, {})).toEqual(['the tree was there; servers may claim worker IDs']);
      await expect(initStores(config, { slotsLost: true })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
      await expect(initStores(resolveConfig({ workerSlots: url, epochMs: 1 }), {})).rejects.toMatchObject({
        code: 'LAYOUT_MISMATCH',
      });
      await service.start();
      await service.ready();
      expect((await service.get('/id/snowflake')).text).toMatch(/^\d{18,19}\n?$/);
    } finally {
      await service.remove();
    }
  });
});
