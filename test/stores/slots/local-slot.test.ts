import { once } from 'node:events';
import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataOf, LAYOUT, LocalSlotsWorld } from '../../support/local-slots.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** Tries to take the slot of the main thread, then claims a new one. */
const CLAIMING_THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { src, directory, layout, slot } = workerData;
  (async () => {
    const { LocalSlotStore } = await import(src + 'stores/slots/local.ts');
    const { realSystem } = await import(src + 'system/system.ts');
    const store = new LocalSlotStore({ directory, system: realSystem });
    await store.open(layout);
    const taken = await store.take(slot, { ...slot.data, token: 'thread' });
    const created = await store.create({ ...slot.data, token: 'thread' }, 1023);
    parentPort.postMessage({ taken: taken?.workerId, created: created?.workerId });
  })();
`;

describe('LocalSlotStore and the proof of death', () => {
  let world: LocalSlotsWorld;

  beforeEach(() => {
    world = new LocalSlotsWorld();
  });

  afterEach(() => world.end());

  it('takes the slot of a process that was killed, and not before', async () => {
    const other = world.startProcess();
    expect(await other.ask('createAll', world.directory, LAYOUT, [dataOf('theirs')])).toEqual([0]);
    const store = await world.instance(world.directory, { machineId: async () => undefined });
    const [slot] = await store.list();
    expect(slot?.data).toEqual(dataOf('theirs'));

    expect(await store.take(slot!, dataOf('mine'))).toBeUndefined();
    other.signal('SIGSTOP');
    await waitUntil('the holder to stop', () => / T /.test(readFileSync(`/proc/${other.pid}/stat`, 'utf8')));
    expect(await store.take(slot!, dataOf('mine'))).toBeUndefined();
    await other.kill();
    expect((await store.take(slot!, dataOf('mine')))?.data.token).toBe('mine');
  });

  it('lets exactly one of several processes take the slot of a dead one', async () => {
    const slot = await world.leftSlot({ machineId: async () => undefined });
    const rivals = Array.from({ length: 4 }, () => world.startProcess());
    const results = await Promise.all(
      rivals.map((rival, i) => rival.ask('take', world.directory, LAYOUT, slot, dataOf(`r${i}`))),
    );
    const winners = results.filter(result => result !== undefined && result !== null);
    expect(winners.length).toBe(1);
    expect((await (await world.instance()).read(0))?.data.token).toBe(winners[0]!.data.token);
  });

  it('gives two stores of one process different slots', async () => {
    const [a, b] = [await world.instance(), await world.instance()];
    const first = await a.create(dataOf('a'), 1023);
    expect(await b.take(first!, dataOf('b'))).toBeUndefined();
    expect(await a.take(first!, dataOf('again'))).toBeUndefined();
    expect((await b.create(dataOf('b'), 1023))?.workerId).toBe(1);
  });

  it('gives a worker thread of the process another slot', async () => {
    const store = await world.instance();
    const slot = await store.create(dataOf('main'), 1023);
    const workerData = {
      src: new URL('../../../src/', import.meta.url).href,
      directory: world.directory,
      layout: LAYOUT,
      slot,
    };
    const thread = new Worker(CLAIMING_THREAD, { eval: true, execArgv: [], workerData });
    const [answer] = await once(thread, 'message');
    expect(answer).toEqual({ taken: undefined, created: 1 });
    expect((await store.write(slot!, dataOf('main', 1)))?.data.renewal).toBe(1);
  });

  it('takes the slot of a container that was made anew, without a machine ID', async () => {
    const slot = await world.leftSlot();
    const heir = await world.instance(world.directory, { machineId: async () => undefined });
    expect((await heir.take(slot, dataOf('heir')))?.workerId).toBe(0);
  });

  it('does not take a slot that was written under another machine ID', async () => {
    const slot = await world.leftSlot();
    const clone = await world.instance(world.directory, { machineId: async () => 'machine-b' });
    expect(await clone.take(slot, dataOf('clone'))).toBeUndefined();
    expect(world.passedOver().join()).toContain('another machine ID');
    expect((await (await world.instance()).take(slot, dataOf('original')))?.workerId).toBe(0);
  });

  it('does not take slots of a copied directory, and claims a new worker ID there', async () => {
    const slot = await world.leftSlot();
    cpSync(world.directory, join(world.home, 'copy'), { recursive: true, preserveTimestamps: true });
    const copy = await world.instance(join(world.home, 'copy'));
    expect(await copy.list()).toEqual([slot]);
    expect(await copy.take(slot, dataOf('copy'))).toBeUndefined();
    expect(world.passedOver().join()).toContain('copied or restored: its lock file was inode');
    expect((await copy.create(dataOf('copy'), 1023))?.workerId).toBe(1);
    expect((await (await world.instance()).take(slot, dataOf('original')))?.workerId).toBe(0);
  });

  it('does not take a slot whose lock file was deleted, or put in place anew', async () => {
    const slot = await world.leftSlot();
    rmSync(world.file('0000', 'slot.lock'));
    const store = await world.instance();
    expect(await store.take(slot, dataOf('late'))).toBeUndefined();
    expect(world.passedOver().join()).toMatch(/copied or restored/);
    expect((await store.create(dataOf('late'), 1023))?.workerId).toBe(1);
  });

  it('takes the slot again after the directory was moved as a whole', async () => {
    const slot = await world.leftSlot();
    renameSync(world.directory, join(world.home, 'moved'));
    expect((await (await world.instance(join(world.home, 'moved'))).take(slot, dataOf('heir')))?.workerId).toBe(0);
  });
});
