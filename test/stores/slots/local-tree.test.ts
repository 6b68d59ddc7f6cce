import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataOf, LAYOUT, LocalSlotsWorld, T0_MS } from '../../support/local-slots.ts';

describe('LocalSlotStore at its start', () => {
  let world: LocalSlotsWorld;

  beforeEach(() => {
    world = new LocalSlotsWorld();
  });

  afterEach(() => world.end());

  it('makes its directory, and one file for what all slots share', async () => {
    await world.instance();
    expect(readdirSync(world.directory)).toEqual(['layout.json']);
  });

  it('takes the wall clock of the first start as the floor, for ever', async () => {
    expect((await world.instance()).floorMs).toBe(T0_MS);
    world.system.stepWall(5_000);
    expect((await world.instance()).floorMs).toBe(T0_MS);
  });

  it('floors a lookahead higher in a directory that was emptied: holders of the old slots may still mint', async () => {
    mkdirSync(world.directory, { recursive: true });
    const { birthtime } = statSync(world.directory);
    utimesSync(world.directory, birthtime, new Date(birthtime.getTime() + 60_000));
    expect((await world.instance()).floorMs).toBe(T0_MS + 3000);
  });

  it('floors no higher in an empty directory that was made for it', async () => {
    mkdirSync(world.directory, { recursive: true });
    expect((await world.instance()).floorMs).toBe(T0_MS);
  });

  it('makes the tree anew after it was deleted, a lookahead above the clock', async () => {
    const store = await world.instance();
    await store.create(dataOf('a'), 1023);
    rmSync(world.directory, { recursive: true });
    await store.open(LAYOUT);
    expect(store.floorMs).toBe(T0_MS + 3000);
    expect((await store.create(dataOf('b'), 1023))?.workerId).toBe(0);
    expect((await (await world.instance()).list()).map(slot => slot.data.token)).toEqual(['b']);
  });

  it('floors a lookahead higher where another store of the process still uses the tree that was deleted', async () => {
    const holder = await world.instance();
    rmSync(world.directory, { recursive: true });
    expect((await world.instance()).floorMs).toBe(T0_MS + 3000);
    await holder.close();
  });

  it('floors no higher after a tree that all its users had left', async () => {
    await (await world.instance()).close();
    rmSync(world.directory, { recursive: true });
    expect((await world.instance()).floorMs).toBe(T0_MS);
  });

  it('claims nothing in a directory that was deleted or replaced since it was opened', async () => {
    const store = await world.instance();
    rmSync(world.directory, { recursive: true });
    await expect(store.create(dataOf('a'), 1023)).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
    expect(existsSync(world.directory)).toBe(false);
    mkdirSync(world.directory);
    await expect(store.create(dataOf('a'), 1023)).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
    expect(readdirSync(world.directory)).toEqual([]);
  });

  it('gives 32 first starters in 4 processes and a missing directory 32 different worker IDs', async () => {
    const rivals = Array.from({ length: 4 }, () => world.startProcess());
    const created = await Promise.all(
      rivals.map((rival, p) =>
        rival.ask(
          'createAll',
          world.directory,
          LAYOUT,
          Array.from({ length: 8 }, (_, i) => dataOf(`p${p}-${i}`)),
        ),
      ),
    );
    const workerIds = created.flat().map(Number);
    expect(workerIds.sort((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, i) => i));
    const listed = await (await world.instance()).list();
    expect(new Set(listed.map(slot => slot.data.token)).size).toBe(32);
    expect(readdirSync(world.directory).filter(name => name.endsWith('.tmp'))).toEqual([]);
  });

  it('refuses a network filesystem, says which, and what to do', async () => {
    const refused = world.instance(world.directory, { networkFilesystem: async () => 'NFS' });
    await expect(refused).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
    await expect(refused).rejects.toThrow(/NFS.*local disk.*MySQL or ZooKeeper/);
    expect(readdirSync(world.directory)).toEqual([]);
  });

  it('says SLOT_STORE_UNAVAILABLE when the directory cannot be made', async () => {
    writeFileSync(join(world.home, 'data'), 'a file');
    await expect(world.instance()).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
  });

  it.each([
    [
      'torn',
      () => writeFileSync(world.file('layout.json'), readFileSync(world.file('layout.json')).subarray(0, -9)),
      'unreadable',
    ],
    ['empty', () => writeFileSync(world.file('layout.json'), ''), 'unreadable'],
    ['missing', () => rmSync(world.file('layout.json')), 'missing although there are worker slots'],
  ])('refuses to start over when layout.json is %s beside slots', async (_, harm, reason) => {
    await world.leftSlot();
    harm();
    const before = readdirSync(world.directory);
    const refused = world.instance();
    await expect(refused).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await expect(refused).rejects.toThrow(reason);
    expect(readdirSync(world.directory)).toEqual(before);
  });

  it('clears away the drafts of a first start that died', async () => {
    mkdirSync(world.directory, { recursive: true });
    writeFileSync(world.file('layout.json.0123456789abcdef.tmp'), '{"crc');
    await world.instance();
    expect(readdirSync(world.directory)).toEqual(['layout.json']);
  });
});
