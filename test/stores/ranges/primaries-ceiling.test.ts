import { beforeAll, describe, expect, it } from 'vitest';
import { CeilingRangeStore } from '../../../src/stores/ranges/ceiling.ts';
import { initCeilings } from '../../../src/stores/ranges/init-ceilings.ts';
import { ZookeeperCeilings } from '../../../src/stores/ranges/zookeeper-ceilings.ts';
import { parseZookeeperUrl } from '../../../src/stores/zookeeper/zookeeper-url.ts';
import { realSystem } from '../../../src/system/system.ts';
import { SERVER_SETUP_MS, sharedMysqlUrl } from '../../support/mysql.ts';
import { idsOfRange, PrimariesRig } from '../../support/primaries-rig.ts';
import { newSession, newTreeName, sharedZookeeperUrl } from '../../support/zookeeper.ts';

describe('several MySQL primaries under a ceiling in ZooKeeper', () => {
  const rig = new PrimariesRig();
  let mysqlUrl: string;
  let ceilingUrl: string;

  beforeAll(async () => {
    [mysqlUrl, ceilingUrl] = [await sharedMysqlUrl(), `${await sharedZookeeperUrl()}/${newTreeName()}`];
    await initCeilings(ceilingUrl, realSystem);
  }, SERVER_SETUP_MS);

  /** What one process has. */
  async function opened(): Promise<CeilingRangeStore> {
    const register = new ZookeeperCeilings(newSession(ceilingUrl), parseZookeeperUrl(ceilingUrl).tree);
    const policy = 'required';
    const store = rig.adopt(new CeilingRangeStore({ store: rig.store(), register, policy, system: realSystem }));
    await store.open();
    return store;
  }

  it('give no ID twice, refuse nothing and tell of it when all of them go back', async () => {
    await rig.make([mysqlUrl, mysqlUrl]);
    const stores = [await opened(), await opened()];
    await stores[0]!.putTag('order', { stepIds: 10 });
    const given: bigint[] = [];
    const takeSome = async () => {
      for (let i = 0; i < 8; i++) given.push(...idsOfRange(await stores[i % 2]!.take('order', 10)));
    };
    await takeSome();
    for (const database of rig.databases) {
      await database.query(`UPDATE leaf_alloc SET max_id = 1 WHERE biz_tag = 'order'`);
    }
    await takeSome();
    expect(given).toHaveLength(160);
    expect(new Set(given).size).toBe(given.length);
    expect(stores.map(store => store.health().primaries?.map(({ failure }) => failure))).toEqual([
      [null, null],
      [null, null],
    ]);
    const lifts = stores.reduce((sum, store) => sum + (store.health().ceiling?.liftedRows ?? 0), 0);
    expect(lifts).toBeGreaterThan(0);
  });
});
