import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileRecord } from '../../../src/stores/records/file.ts';
import type { Slot } from '../../../src/stores/slot-store.ts';
import { LocalSlotStore } from '../../../src/stores/slots/local.ts';
import { type LocalSlot, parseLocalSlot } from '../../../src/stores/slots/local-slot.ts';
import { FileLock } from '../../../src/system/file-lock.ts';
import { slotStoreContract } from '../../contract/slot-store.ts';
import { dataOf, LocalSlotsWorld } from '../../support/local-slots.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

slotStoreContract({
  name: 'local',
  seesLiveHolders: true,
  open: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'frond-slots-'));
    return {
      handle: () => new LocalSlotStore({ directory, system: new VirtualSystem() }),
      end: async () => rmSync(directory, { recursive: true }),
    };
  },
});

async function storedIn(record: FileRecord<LocalSlot>): Promise<LocalSlot> {
  const read = await record.read();
  if (read.status !== 'found') throw new Error(`the record is ${read.status}`);
  return read.value;
}

describe('LocalSlotStore', () => {
  let world: LocalSlotsWorld;

  beforeEach(() => {
    world = new LocalSlotsWorld();
  });

  afterEach(() => world.end());

  describe('fencing', () => {
    it('ends the claim when the directory is deleted', async () => {
      const store = await world.instance();
      const slot = await store.create(dataOf('a'), 1023);
      rmSync(world.directory, { recursive: true });
      expect(await store.write(slot!, dataOf('a', 1))).toBeUndefined();
      expect(existsSync(world.directory)).toBe(false);
      expect(await store.read(0)).toBeUndefined();
    });

    it('ends the claim when a copy was put in place of the directory, and leaves the copy as it is', async () => {
      const store = await world.instance();
      const slot = await store.create(dataOf('a'), 1023);
      renameSync(world.directory, join(world.home, 'original'));
      mkdirSync(world.file('0000'), { recursive: true });
      const record = readFileSync(join(world.home, 'original', '0000', 'slot.json'));
      writeFileSync(world.file('0000', 'slot.json'), record);
      writeFileSync(world.file('0000', 'slot.lock'), '');
      expect(await store.write(slot!, dataOf('a', 1))).toBeUndefined();
      expect(readFileSync(world.file('0000', 'slot.json'))).toEqual(record);
    });
  });

  describe('a kernel lock that was lost, as by a copy that its own process made', () => {
    let record: FileRecord<LocalSlot>;
    let mine: LocalSlotStore;
    let slot: Slot;
    let stored: LocalSlot;

    beforeEach(async () => {
      mine = await world.instance();
      slot = (await mine.create(dataOf('mine'), 1023))!;
      record = new FileRecord({ path: world.file('0000', 'slot.json'), parse: parseLocalSlot });
      stored = await storedIn(record);
    });

    it.each([1, 2])('ends the claim when the other holder has written (version %s)', async version => {
      const theirs = { ...stored, version, data: dataOf('theirs') };
      await record.write(theirs);
      expect(await mine.write(slot, dataOf('mine', 1))).toBeUndefined();
      expect(await storedIn(record)).toEqual(theirs);
    });

    it('acknowledges no write that the other holder has overwritten', async () => {
      const { write } = FileRecord.prototype;
      const theirs = { ...stored, version: 2, data: dataOf('theirs') };
      const spy = vi.spyOn(FileRecord.prototype, 'write').mockImplementationOnce(async function (this: never, value) {
        await write.call(this, value);
        await record.write(theirs);
      });
      const written = await mine.write(slot, dataOf('mine', 1)).finally(() => spy.mockRestore());
      expect(written).toBeUndefined();
      expect(await mine.read(0)).toMatchObject({ data: { token: 'theirs' } });
    });
  });

  describe('unusable slots', () => {
    it('passes over a torn record, says so once, and never uses its worker ID again', async () => {
      const slot = await world.leftSlot();
      const torn = readFileSync(world.file('0000', 'slot.json')).subarray(0, 60);
      writeFileSync(world.file('0000', 'slot.json'), torn);
      const store = await world.instance();
      expect(await store.list()).toEqual([]);
      expect(await store.list()).toEqual([]);
      expect(await store.take(slot, dataOf('b'))).toBeUndefined();
      expect((await store.create(dataOf('b'), 1023))?.workerId).toBe(1);
      expect(readFileSync(world.file('0000', 'slot.json'))).toEqual(torn);
      expect(world.passedOver()).toEqual(['its record is damaged: its 60 bytes are not a whole record']);
    });

    it('passes over the record of another slot or of another tree', async () => {
      const slot = await world.leftSlot();
      mkdirSync(world.file('0001'));
      cpSync(world.file('0000', 'slot.json'), world.file('0001', 'slot.json'));
      const store = await world.instance();
      expect(await store.list()).toEqual([slot]);
      await store.close();
      const foreign = join(world.home, 'foreign');
      await world.instance(foreign);
      cpSync(world.file('0000'), join(foreign, '0000'), { recursive: true });
      expect(await (await world.instance(foreign)).list()).toEqual([]);
      expect(world.passedOver()).toEqual(['its record belongs to another slot', 'its record belongs to another slot']);
    });

    it('passes over a slot whose lock file holds something', async () => {
      const slot = await world.leftSlot();
      writeFileSync(world.file('0000', 'slot.lock'), '4711\n');
      const store = await world.instance();
      expect(await store.take(slot, dataOf('b'))).toBeUndefined();
      expect(world.passedOver().join()).toContain('holds 5 bytes');
    });

    it('claims a slot whose maker died before its first record', async () => {
      await world.instance();
      mkdirSync(world.file('0000'));
      mkdirSync(world.file('0001'));
      writeFileSync(world.file('0001', 'slot.lock'), '');
      writeFileSync(world.file('0001', 'slot.json.tmp'), '{"crc32":"0');
      const store = await world.instance();
      expect(await store.list()).toEqual([]);
      expect((await store.create(dataOf('a'), 1023))?.workerId).toBe(0);
      expect((await store.create(dataOf('b'), 1023))?.workerId).toBe(1);
      expect(readdirSync(world.file('0001')).sort()).toEqual(['slot.json', 'slot.lock']);
    });

    it('leaves a worker ID to the rival that claimed it and died between its look and its lock', async () => {
      const store = await world.instance();
      const { tryAcquire } = FileLock;
      const spy = vi.spyOn(FileLock, 'tryAcquire').mockImplementationOnce(path => {
        writeFileSync(world.file('0000', 'slot.json'), 'the record of a rival');
        return tryAcquire(path);
      });
      const slot = await store.create(dataOf('a'), 1023).finally(() => spy.mockRestore());
      expect(slot?.workerId).toBe(1);
      expect(readFileSync(world.file('0000', 'slot.json'), 'utf8')).toBe('the record of a rival');
    });

    it.each(['0001', '0000', '0001/slot.json'])('never makes the worker ID of a deleted %s anew', async name => {
      const store = await world.instance();
      for (const token of ['a', 'b']) await store.create(dataOf(token), 1023);
      rmSync(world.file(name), { recursive: true });
      expect((await (await world.instance()).create(dataOf('c'), 1023))?.workerId).toBe(2);
    });

    it('remembers the worker IDs that are taken over in a directory of an earlier version', async () => {
      const slot = await world.leftSlot();
      rmSync(world.file('used-0000'));
      const store = await world.instance();
      await store.take(slot, dataOf('a'));
      rmSync(world.file('0000'), { recursive: true });
      expect((await store.create(dataOf('b'), 1023))?.workerId).toBe(1);
    });

    it('does not fill a gap, which may be a used worker ID that somebody deleted', async () => {
      const store = await world.instance();
      for (const token of ['a', 'b', 'c']) await store.create(dataOf(token), 1023);
      rmSync(world.file('0001'), { recursive: true });
      expect((await store.create(dataOf('d'), 1023))?.workerId).toBe(3);
    });

    it('keeps away from names that are not its own', async () => {
      await world.instance();
      for (const name of ['7', '00007', 'lost+found', '0005.bak']) mkdirSync(world.file(name));
      const store = await world.instance();
      expect(await store.list()).toEqual([]);
      expect((await store.create(dataOf('a'), 1023))?.workerId).toBe(0);
    });
  });

  describe('unknown outcomes', () => {
    it('keeps the slot after a write that failed, and writes on from what is stored', async () => {
      const store = await world.instance();
      const slot = await store.create(dataOf('a'), 1023);
      mkdirSync(world.file('0000', 'slot.json.tmp'));
      await expect(store.write(slot!, dataOf('a', 1))).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
      expect(await store.read(0)).toEqual(slot);
      rmdirSync(world.file('0000', 'slot.json.tmp'));
      expect((await store.write(slot!, dataOf('a', 1)))?.data.renewal).toBe(1);
    });

    it('keeps the lock of a claim that failed, and claims under it again', async () => {
      await world.instance();
      mkdirSync(world.file('0000', 'slot.json.tmp'), { recursive: true });
      const store = await world.instance();
      await expect(store.create(dataOf('a'), 1023)).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
      rmdirSync(world.file('0000', 'slot.json.tmp'));
      expect((await (await world.instance()).create(dataOf('b'), 1023))?.workerId).toBe(1);
      expect((await store.create(dataOf('a'), 1023))?.workerId).toBe(0);
    });

    it('keeps the lock of a takeover that failed, and takes over under it again', async () => {
      const slot = await world.leftSlot();
      mkdirSync(world.file('0000', 'slot.json.tmp'));
      const store = await world.instance();
      await expect(store.take(slot, dataOf('a'))).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
      rmdirSync(world.file('0000', 'slot.json.tmp'));
      expect(await (await world.instance()).take(slot, dataOf('b'))).toBeUndefined();
      expect((await store.take(slot, dataOf('a')))?.data.token).toBe('a');
    });

    it('lets go only after a write in flight has ended', async () => {
      const store = await world.instance();
      const slot = await store.create(dataOf('a'), 1023);
      const order: string[] = [];
      await Promise.all([
        store.write(slot!, dataOf('a', 1)).then(() => order.push('written')),
        store.letGo(0).then(() => order.push('let go')),
      ]);
      expect(order).toEqual(['written', 'let go']);
      expect(await store.write(slot!, dataOf('a', 2))).toBeUndefined();
    });
  });
});
