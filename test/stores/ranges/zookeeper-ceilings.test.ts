import { beforeAll, describe, expect, it } from 'vitest';
import { initCeilings } from '../../../src/stores/ranges/init-ceilings.ts';
import { ZookeeperCeilings } from '../../../src/stores/ranges/zookeeper-ceilings.ts';
import { initZookeeper } from '../../../src/stores/slots/init-zookeeper.ts';
import { parseZookeeperUrl } from '../../../src/stores/zookeeper/zookeeper-url.ts';
import { realSystem } from '../../../src/system/system.ts';
import { ceilingRegisterContract } from '../../contract/ceiling-register.ts';
import { MemoryCeilings } from '../../support/memory-ceilings.ts';
import { SERVER_SETUP_MS } from '../../support/mysql.ts';
import { newSession, newTreeName, sharedZookeeperUrl } from '../../support/zookeeper.ts';
import { untilConnected, ZookeeperRig } from '../../support/zookeeper-rig.ts';

let serverUrl: string;
beforeAll(async () => {
  serverUrl = await sharedZookeeperUrl();
}, SERVER_SETUP_MS);

const registerAt = (url: string) => new ZookeeperCeilings(newSession(url), parseZookeeperUrl(url).tree);

ceilingRegisterContract('ZooKeeper', async () => {
  const url = `${serverUrl}/${newTreeName()}`;
  await initCeilings(url, realSystem);
  return { handle: () => registerAt(url) };
});

ceilingRegisterContract('memory', async () => {
  const table = new Map();
  return { handle: () => new MemoryCeilings(table) };
});

describe('ceilings in ZooKeeper', () => {
  const rig = new ZookeeperRig();
  const LAYOUT = { epochMs: 0, timeBits: 41, workerBits: 10, sequenceBits: 12 };

  /** A register through the proxy, and a session past it. */
  async function behindProxy() {
    const tree = newTreeName();
    await initCeilings(`${rig.server.url}/${tree}`, realSystem);
    const client = rig.session({ timeoutMs: 300 });
    const register = rig.adopt(new ZookeeperCeilings(client, tree));
    await register.open();
    return { client, register, witness: await rig.witness(), path: `/snowflake/${tree}/segments/order` };
  }

  it('have to be given a place by an explicit init, in a tree of worker slots or without', async () => {
    const url = `${rig.server.url}/${newTreeName()}`;
    const register = rig.adopt(registerAt(url));
    const notThere = { code: 'STORE_NOT_INITIALISED', message: expect.stringMatching(/frond init --segment-ceiling/) };
    await expect(register.open()).rejects.toMatchObject(notThere);
    await expect(register.read('order')).rejects.toMatchObject(notThere);
    await expect(register.create('order', 5n)).rejects.toMatchObject(notThere);
    expect(await initZookeeper(url, LAYOUT, realSystem)).toBe(true);
    expect(await initCeilings(url, realSystem)).toBe(true);
    expect(await initCeilings(url, realSystem)).toBe(false);
    expect(await initZookeeper(url, LAYOUT, realSystem)).toBe(false);
    await register.open();
    expect(await register.create('order', 5n)).toBe(true);
    const other = `${rig.server.url}/${newTreeName()}`;
    expect(await initCeilings(other, realSystem)).toBe(true);
    expect(await initZookeeper(other, LAYOUT, realSystem)).toBe(true);
  });

  it('that cannot be read are damage, and are not written over', async () => {
    const { register, witness, path } = await behindProxy();
    await witness.create(path, Buffer.from('{"ceiling":12}'), 'persistent');
    await expect(register.read('order')).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    expect(await register.create('order', 5n)).toBe(false);
  });

  it('tell at once that they cannot be reached, and serve again by themselves', async () => {
    const { client, register } = await behindProxy();
    await register.create('order', 5n);
    rig.proxy.goSilent();
    await expect(register.read('order')).rejects.toMatchObject({ code: 'CEILING_UNAVAILABLE' });
    await expect(register.read('order')).rejects.toMatchObject({ code: 'CEILING_UNAVAILABLE' });
    rig.proxy.pass();
    await untilConnected(client);
    expect(await register.read('order')).toEqual({ value: 5n, version: 0 });
  });

  it('do not take a change for failed or done when its answer is lost', async () => {
    const { client, register, witness, path } = await behindProxy();
    await register.create('order', 5n);
    const lost = rig.proxy.loseNextReply();
    await expect(register.write('order', 9n, 0)).rejects.toMatchObject({ code: 'CEILING_UNAVAILABLE' });
    await lost;
    await untilConnected(client);
    expect((await witness.getData(path)).stat.version).toBe(1);
    expect(await register.write('order', 7n, 0)).toBe(false);
    expect(await register.read('order')).toEqual({ value: 9n, version: 1 });
  });
});
