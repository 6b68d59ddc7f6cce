import { describe, expect, it } from 'vitest';
import { initZookeeper } from '../../../src/stores/slots/init-zookeeper.ts';
import { realSystem } from '../../../src/system/system.ts';
import { newTreeName } from '../../support/zookeeper.ts';
import { created, LAYOUT, MAX_WORKER_ID, ZookeeperSlotsRig } from '../../support/zookeeper-slots-rig.ts';

const rig = new ZookeeperSlotsRig();
const LEAF_LAYOUT = { ...LAYOUT, workerBits: 10, sequenceBits: 12 };

/** A tree in which Leaf has taken as many numbers. */
async function leafTree(size: number): Promise<string> {
  const name = newTreeName();
  const witness = await rig.witness();
  const forever = `/snowflake/${name}/forever`;
  for (const path of [`/snowflake/${name}`, forever]) await witness.create(path, Buffer.alloc(0), 'persistent');
  for (let i = 0; i < size; i++) await witness.create(`${forever}/10.0.0.${i}:8080-`, Buffer.from('{}'), 'sequential');
  return name;
}

const newUrl = () => `${rig.server.url}/${newTreeName()}`;

describe('a tree beside a Leaf that runs', () => {
  it("keeps Leaf's worker IDs and some more, and gives the next one", async () => {
    const url = newUrl();
    expect(await initZookeeper(url, LEAF_LAYOUT, realSystem, { besideLeaf: await leafTree(3) })).toBe(true);
    const store = await rig.opened(url);
    const reserved = await store.list();
    expect(reserved.map(slot => slot.workerId)).toEqual(Array.from({ length: 67 }, (_, i) => i));
    const { epochMs, timeBits } = LEAF_LAYOUT;
    for (const { data } of reserved) {
      expect(data).toMatchObject({ state: 'held', boundMs: epochMs + 2 ** timeBits - 1 });
    }
    expect(reserved.slice(1, 4).map(slot => slot.data.owner)).toEqual([
      { host: '10.0.0.1', port: 8080, pid: 0 },
      { host: '10.0.0.2', port: 8080, pid: 0 },
      { host: 'leaf', port: null, pid: 0 },
    ]);
    expect((await created(store, 'mine')).workerId).toBe(67);
  });

  it('is not made where there is no Leaf, where Leaf leaves no room, and for other bits than its', async () => {
    await expect(initZookeeper(newUrl(), LEAF_LAYOUT, realSystem, { besideLeaf: 'none' })).rejects.toMatchObject({
      code: 'STORE_NOT_INITIALISED',
    });
    const full = await leafTree(MAX_WORKER_ID + 1 - 64);
    const url = newUrl();
    await expect(initZookeeper(url, LEAF_LAYOUT, realSystem, { besideLeaf: full })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringMatching(/--import-leaf/),
    });
    const other = { ...LEAF_LAYOUT, workerBits: 9, sequenceBits: 13 };
    await expect(initZookeeper(newUrl(), other, realSystem, { besideLeaf: full })).rejects.toMatchObject({
      code: 'LAYOUT_MISMATCH',
    });
    await expect(initZookeeper(newUrl(), other, realSystem, { importLeaf: full })).rejects.toMatchObject({
      code: 'LAYOUT_MISMATCH',
    });
  });
});
