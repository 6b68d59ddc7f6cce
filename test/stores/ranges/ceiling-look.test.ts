import { expect, it } from 'vitest';
import { CeilingRangeStore } from '../../../src/stores/ranges/ceiling.ts';
import { initCeilings } from '../../../src/stores/ranges/init-ceilings.ts';
import { MemoryRangeStore } from '../../../src/stores/ranges/memory.ts';
import { ZookeeperCeilings } from '../../../src/stores/ranges/zookeeper-ceilings.ts';
import { realSystem } from '../../../src/system/system.ts';
import { MemoryCeilings } from '../../support/memory-ceilings.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { newTreeName } from '../../support/zookeeper.ts';
import { ZookeeperRig } from '../../support/zookeeper-rig.ts';

const rig = new ZookeeperRig();

/** A process that has tag `order` and needs no range. */
async function idle() {
  const system = new VirtualSystem();
  const register = new MemoryCeilings();
  const store = new CeilingRangeStore({ store: new MemoryRangeStore(), register, policy: 'required', system });
  await store.putTag('order', { stepIds: 10 });
  const list = async () => {
    expect((await store.listTags()).map(({ tag }) => tag)).toEqual(['order']);
    await system.settle();
  };
  return { system, register, store, list, failure: () => store.health().ceiling?.failure };
}

it('A ceiling that is away is known from the next listing of tags on, and is looked for until it is back', async () => {
  const { system, register, list, failure } = await idle();
  await list();
  register.down = true;
  expect(failure()).toBeNull();
  await list();
  expect(failure()).toBe('CEILING_UNAVAILABLE');
  await system.advance(60_000);
  expect(failure()).toBe('CEILING_UNAVAILABLE');
  expect(system.logged('warn')).toHaveLength(1);
  register.down = false;
  await system.advance(5000);
  expect(failure()).toBeNull();
  expect(system.logged('info')).toHaveLength(1);
});

it('A ceiling that was away at the start is known to be back before a range is needed', async () => {
  const { system, register, store, list, failure } = await idle();
  register.down = true;
  await store.open();
  await list();
  expect(failure()).toBe('CEILING_UNAVAILABLE');
  register.down = false;
  await system.advance(5000);
  expect(failure()).toBeNull();
});

it('A ceiling that can be read and not raised counts as away until it is raised', async () => {
  const { register, store, list, failure } = await idle();
  register.fate = () => 'lost';
  await expect(store.take('order', 10)).rejects.toMatchObject({ code: 'CEILING_UNAVAILABLE' });
  await list();
  expect(failure()).toBe('CEILING_UNAVAILABLE');
  register.fate = () => 'answered';
  await store.take('order', 10);
  expect(failure()).toBeNull();
});

it('A ceiling that does not answer keeps no listing waiting, and is asked once at a time, and not after the end', async () => {
  const { system, register, store, list, failure } = await idle();
  const asked: ((error: Error) => void)[] = [];
  register.read = () => new Promise((_, reject) => asked.push(reject));
  await list();
  await list();
  expect(asked).toHaveLength(1);
  asked[0]!(new Error('late'));
  await system.settle();
  expect(failure()).not.toBeNull();
  await system.advance(5000);
  expect(asked).toHaveLength(2);
  await store.close();
  asked[1]!(new Error('closed'));
  await system.advance(60_000);
  expect([asked.length, system.logged('warn').length]).toEqual([2, 1]);
});

it('A ZooKeeper that hangs, and comes back, is told of without a range being taken', { timeout: 60_000 }, async () => {
  const tree = newTreeName();
  await initCeilings(`${rig.server.url}/${tree}`, realSystem);
  const register = new ZookeeperCeilings(rig.session({ timeoutMs: 300 }), tree);
  const parts = { store: new MemoryRangeStore(), register, policy: 'required', system: realSystem } as const;
  const store = rig.adopt(new CeilingRangeStore(parts));
  await store.open();
  const failure = async () => {
    await store.listTags();
    return store.health().ceiling?.failure;
  };
  expect(await failure()).toBeNull();
  rig.proxy.goSilent();
  await waitUntil('the failure to be known', async () => (await failure()) === 'CEILING_UNAVAILABLE');
  rig.proxy.pass();
  await waitUntil('the recovery to be known', async () => (await failure()) === null);
});
