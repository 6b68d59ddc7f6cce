import { describe, expect, it } from 'vitest';
import { initZookeeper } from '../../../src/stores/slots/init-zookeeper.ts';
import { leafFloorMs } from '../../../src/stores/slots/leaf-tree.ts';
import { encodeSlot } from '../../../src/stores/slots/zookeeper-slot.ts';
import { realSystem } from '../../../src/system/system.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { newTreeName } from '../../support/zookeeper.ts';
import {
  created,
  dataOf,
  LAYOUT,
  MAX_WORKER_ID,
  T0_MS,
  untilAnswers,
  ZookeeperSlotsRig,
} from '../../support/zookeeper-slots-rig.ts';

/** A session that expires soon. */
const SHORT = { sessionTimeoutMs: 1000, timeoutMs: 300 };

const rig = new ZookeeperSlotsRig();

/** Deletes the tree with all its slots, and makes it anew. */
async function replaceTree(floorMs: number): Promise<void> {
  const witness = await rig.witness();
  const remove = async (path: string): Promise<void> => {
    for (const name of (await witness.getChildren(path)).names) await remove(`${path}/${name}`);
    await witness.remove(path, -1);
  };
  await remove(rig.node('').slice(0, -1));
  await initZookeeper(rig.direct, LAYOUT, realSystem, { floorMs });
}

const expectReplaced = (call: Promise<unknown>) =>
  expect(call).rejects.toMatchObject({
    code: 'SLOT_STORE_UNAVAILABLE',
    message: expect.stringMatching(/made anew/),
  });

describe('the tree', () => {
  it('has to be made by an explicit init', async () => {
    const store = rig.newStore(`${rig.server.url}/${newTreeName()}`);
    await expect(store.open(LAYOUT)).rejects.toMatchObject({
      code: 'STORE_NOT_INITIALISED',
      message: expect.stringMatching(/frond init --worker-slots/),
    });
  });

  it('is made once, and not changed by a second init', async () => {
    const url = `${rig.server.url}/${newTreeName()}`;
    expect(await initZookeeper(url, LAYOUT, realSystem, { floorMs: 5 })).toBe(true);
    expect(await initZookeeper(url, LAYOUT, realSystem, { floorMs: 9 })).toBe(false);
    const store = await rig.opened(url);
    expect(store.floorMs).toBe(5);
    await expect(initZookeeper(url, { ...LAYOUT, workerBits: 9 }, realSystem)).rejects.toMatchObject({
      code: 'LAYOUT_MISMATCH',
    });
  });

  it('is made exactly once by many that init together', async () => {
    const url = `${rig.server.url}/${newTreeName()}`;
    const made = await Promise.all(Array.from({ length: 6 }, () => initZookeeper(url, LAYOUT, realSystem)));
    expect(made.filter(Boolean).length).toBe(1);
  });

  it("is never made out of Leaf's", async () => {
    const tree = newTreeName();
    const witness = await rig.witness();
    const forever = `/snowflake/${tree}/forever`;
    for (const path of [`/snowflake/${tree}`, forever]) await witness.create(path, Buffer.alloc(0), 'persistent');
    await witness.create(`${forever}/10.0.0.1:8080-`, Buffer.from('{"ip":"10.0.0.1"}'), 'sequential');
    await expect(initZookeeper(`${rig.server.url}/${tree}`, LAYOUT, realSystem)).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringMatching(/Leaf/),
    });
  });

  it('that was deleted and made anew ends every earlier claim, and a new one starts above its floor', async () => {
    const store = await rig.opened(rig.viaProxy, SHORT);
    const slot = await created(store, 'mine');
    const witness = await rig.witness();
    const root = rig.node('').slice(0, -1);
    const session = rig.sessionIdOf(store);
    rig.proxy.goSilent();
    await waitUntil('the session to expire', async () => (await witness.exists(`${root}/live/0`)) === undefined);
    await replaceTree(T0_MS);
    // The same worker ID and version.
    const other = await rig.opened(rig.direct);
    await created(other, 'theirs');
    rig.proxy.pass();
    await untilAnswers(store);
    expect(rig.sessionIdOf(store)).not.toBe(session);
    expect(await store.write(slot, dataOf('mine', { renewal: 1 }))).toBeUndefined();
    expect(await store.read(0)).toBeUndefined();
    expect((await other.read(0))?.data.token).toBe('theirs');
    await expectReplaced(store.list());
    await store.open(LAYOUT);
    expect((await store.list()).map(each => each.data.token)).toEqual(['theirs']);
    expect(store.floorMs).toBe(T0_MS);
  });

  it('that was deleted and made anew within a session gives no old version another meaning', async () => {
    const store = await rig.opened(rig.direct);
    const slot = (await store.write(await created(store, 'mine'), dataOf('mine', { renewal: 1 })))!;
    await replaceTree(T0_MS);
    const other = await rig.opened(rig.direct);
    // The same owner, worker ID and version.
    const theirs = (await other.write(await created(other, 'theirs'), dataOf('theirs', { renewal: 1 })))!;
    expect(theirs).toMatchObject({ workerId: slot.workerId, version: slot.version });
    expect(await store.write(slot, dataOf('mine', { renewal: 2 }))).toBeUndefined();
    expect((await other.read(0))?.data.token).toBe('theirs');
    expect(await store.read(0)).toBeUndefined();
  });

  it('that was made anew is not taken for ours by a look at all slots, which people take while we hold one', async () => {
    const store = await rig.opened(rig.direct);
    const slot = (await store.write(await created(store, 'mine'), dataOf('mine', { renewal: 1 })))!;
    expect((await store.list()).map(each => each.data.token)).toEqual(['mine']);
    await replaceTree(T0_MS);
    const other = await rig.opened(rig.direct);
    const theirs = (await other.write(await created(other, 'theirs'), dataOf('theirs', { renewal: 1 })))!;
    expect(theirs).toMatchObject({ workerId: slot.workerId, version: slot.version });
    await expectReplaced(store.list());
    expect(await store.write(slot, dataOf('mine', { renewal: 2 }))).toBeUndefined();
    expect(await store.read(0)).toBeUndefined();
    expect(await other.read(0)).toEqual(theirs);
  });

  it('that was made anew just before a creation takes that back, for it was made under the old floor', async () => {
    const store = await rig.opened(rig.direct);
    expect(await store.list()).toEqual([]);
    await replaceTree(T0_MS);
    await expectReplaced(created(store, 'mine'));
    const other = await rig.opened(rig.direct);
    expect(await other.list()).toEqual([]);
    await expectReplaced(store.list());
    await store.open(LAYOUT);
    expect(await store.list()).toEqual([]);
    expect(store.floorMs).toBe(T0_MS);
    expect((await created(store, 'mine')).workerId).toBe(1);
  });

  it('with a slot that cannot be read leaves that slot alone, and says so once', async () => {
    const system = new VirtualSystem();
    const witness = await rig.witness();
    const forever = rig.node('forever');
    await witness.create(`${forever}/h:1-`, Buffer.from('{"ip":"10.0.0.1","timestamp":1}'), 'sequential');
    const store = await rig.opened(rig.direct, { logger: system.logger });
    expect(await store.list()).toEqual([]);
    expect(await store.read(0)).toBeUndefined();
    expect((await created(store, 'mine')).workerId).toBe(1);
    expect(system.logs.map(line => line.level)).toEqual(['error']);
  });

  it("keeps Leaf's field names, and names of hosts that a path cannot hold", async () => {
    const witness = await rig.witness();
    const store = await rig.opened(rig.direct);
    const owner = { host: '../a/b ü', port: null, pid: 7 };
    const slot = (await store.create(dataOf('mine', { owner }), MAX_WORKER_ID))!;
    expect((await store.read(slot.workerId))?.data.owner).toEqual(owner);
    const forever = rig.node('forever');
    const { names } = await witness.getChildren(forever);
    expect(names).toEqual([expect.stringMatching(/^\.\._a_b__:0-[0-9a-f]{8}-0000000000$/)]);
    const { data } = await witness.getData(`${forever}/${names[0]}`);
    expect(JSON.parse(data.toString())).toMatchObject({ ip: '../a/b ü', port: null, timestamp: T0_MS, v: 2 });
  });
});

describe("importing a stopped Leaf's tree", () => {
  /** A tree as Leaf leaves it, with these timestamps. */
  async function leafTree(...timestamps: readonly unknown[]): Promise<string> {
    const name = newTreeName();
    const witness = await rig.witness();
    const forever = `/snowflake/${name}/forever`;
    for (const path of [`/snowflake/${name}`, forever]) await witness.create(path, Buffer.alloc(0), 'persistent');
    for (const timestamp of timestamps) {
      const node = Buffer.from(JSON.stringify({ ip: '10.0.0.1', port: '8080', timestamp }));
      await witness.create(`${forever}/10.0.0.1:8080-`, node, 'sequential');
    }
    return name;
  }

  it('is refused while Leaf may still run, when there is none, and when a node cannot be read', async () => {
    const url = () => `${rig.server.url}/${newTreeName()}`;
    const running = initZookeeper(url(), LAYOUT, realSystem, { importLeaf: await leafTree(T0_MS) });
    await expect(running).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringMatching(/stop every Leaf/),
    });
    const none = initZookeeper(url(), LAYOUT, realSystem, { importLeaf: newTreeName() });
    await expect(none).rejects.toMatchObject({ code: 'STORE_NOT_INITIALISED' });
    const client = await rig.witness();
    const broken = leafFloorMs(client, await leafTree(T0_MS, 'x'), realSystem.clock.wallMs() + 60_000);
    await expect(broken).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringMatching(/no timestamp/),
    });
  });

  it('gives a floor above the latest timestamp, be it ahead of the clock', async () => {
    const client = await rig.witness();
    const laterMs = realSystem.clock.wallMs() + 60_000;
    const aheadMs = laterMs + 5_000;
    expect(await leafFloorMs(client, await leafTree(T0_MS, aheadMs, 0), laterMs)).toBe(aheadMs + 3000);
    expect(await leafFloorMs(client, await leafTree(T0_MS), laterMs)).toBe(laterMs + 3000);
    const empty = `${rig.server.url}/${newTreeName()}`;
    expect(await initZookeeper(empty, LAYOUT, realSystem, { importLeaf: await leafTree() })).toBe(true);
    expect((await rig.opened(empty)).floorMs).toBeGreaterThan(Date.UTC(2020, 0));
  });
});

describe('a full tree', () => {
  it('of 1,024 slots is listed within the deadline of one request', async () => {
    const witness = await rig.witness();
    const prefix = rig.node('forever/10.0.0.7:8080-');
    const make = (i: number) => witness.create(prefix, encodeSlot(dataOf(`t${i}`)), 'sequential');
    await Promise.all(Array.from({ length: 1024 }, (_, i) => make(i)));
    const store = await rig.opened(rig.direct);
    const listed = await store.list();
    expect(listed.map(slot => slot.workerId)).toEqual(Array.from({ length: 1024 }, (_, i) => i));
    expect(await store.create(dataOf('late'), MAX_WORKER_ID)).toBeUndefined();
    expect((await store.list()).length).toBe(1024);
  });
});
