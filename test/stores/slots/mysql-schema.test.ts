import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SlotData } from '../../../src/stores/slot-store.ts';
import { initMysqlSlots } from '../../../src/stores/slots/init-mysql.ts';
import { MysqlSlotStore } from '../../../src/stores/slots/mysql.ts';
import { realSystem } from '../../../src/system/system.ts';
import { dataOf, LAYOUT } from '../../support/local-slots.ts';
import { createMysqlDatabase, type MysqlDatabase, SERVER_SETUP_MS, sharedMysqlUrl } from '../../support/mysql.ts';
import { freePort } from '../../support/servers/free-port.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

let serverUrl: string;
let database: MysqlDatabase;
let stores: MysqlSlotStore[];

beforeAll(async () => {
  serverUrl = await sharedMysqlUrl();
}, SERVER_SETUP_MS);
beforeEach(async () => {
  stores = [];
  database = await createMysqlDatabase(serverUrl, false);
});
afterEach(async () => {
  for (const store of stores) await store.close();
  expect(stores.map(store => store.socketCount)).toEqual(stores.map(() => 0));
  await database.drop();
});

function newStore(url = database.url): MysqlSlotStore {
  const store = new MysqlSlotStore({ url, system: realSystem, timeoutMs: 5000 });
  stores.push(store);
  return store;
}

async function opened(): Promise<MysqlSlotStore> {
  const store = newStore();
  await store.open(LAYOUT);
  return store;
}

describe('initMysqlSlots', () => {
  it('of many at a time makes the tables once', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => initMysqlSlots(database.url, LAYOUT)));
    expect(made.filter(each => each.created).length).toBe(1);
    expect(await database.query('SELECT id, epoch_ms, worker_bits FROM frond_slot_layout')).toEqual([
      { id: 1, epoch_ms: String(LAYOUT.epochMs), worker_bits: LAYOUT.workerBits },
    ]);
  });

  it('needs no right to create tables where they are', async () => {
    await initMysqlSlots(database.url, LAYOUT);
    const user = `u${database.name.slice(-20)}`;
    await database.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'secret'`);
    await database.query(`GRANT SELECT, INSERT, UPDATE ON ${database.name}.* TO '${user}'@'%'`);
    const url = Object.assign(new URL(database.url), { username: user, password: 'secret' }).href;
    expect(await initMysqlSlots(url, LAYOUT)).toEqual({ created: false });
    const store = newStore(url);
    await store.open(LAYOUT);
    const slot = await store.create(dataOf('a'), 1023);
    const renewed = await store.write(slot!, dataOf('a', 1));
    expect(await store.read(0)).toEqual(renewed);
    await database.query(`DROP USER '${user}'@'%'`);
  });

  it('refuses a database that does not exist, and another URL than one of MySQL', async () => {
    const url = Object.assign(new URL(database.url), { pathname: '/no_such_database' }).href;
    await expect(initMysqlSlots(url, LAYOUT)).rejects.toMatchObject({ code: 'STORE_NOT_INITIALISED' });
    await expect(initMysqlSlots('mysql://h', LAYOUT)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      details: { setting: 'FROND_WORKER_SLOTS' },
    });
  });
});

describe('MysqlSlotStore.open', () => {
  const uninitialised = {
    code: 'STORE_NOT_INITIALISED',
    message: expect.stringContaining('frond init --worker-slots'),
  };

  it('refuses a database without the tables or the row, and makes none', async () => {
    await expect(newStore().open(LAYOUT)).rejects.toMatchObject(uninitialised);
    expect(await database.query('SHOW TABLES')).toEqual([]);
    await initMysqlSlots(database.url, LAYOUT);
    await database.query('DELETE FROM frond_slot_layout');
    await expect(newStore().open(LAYOUT)).rejects.toMatchObject(uninitialised);
    await database.query('DROP TABLE frond_slot');
    await initMysqlSlots(database.url, LAYOUT);
    await database.query('ALTER TABLE frond_slot DROP COLUMN hwm_ms');
    await expect(newStore().open(LAYOUT)).rejects.toMatchObject(uninitialised);
  });

  it('says that a server cannot be reached, without the password', async () => {
    const port = await freePort();
    const store = new MysqlSlotStore({ url: `mysql://u:hunter2@127.0.0.1:${port}/ids`, system: new VirtualSystem() });
    stores.push(store);
    const failure = await store.open(LAYOUT).catch(error => error);
    expect(failure).toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
    expect(failure.message).toContain(`mysql://127.0.0.1:${port}/ids: connect ECONNREFUSED`);
    expect(failure.message).not.toContain('hunter2');
  });
});

describe('MysqlSlotStore', () => {
  beforeEach(() => initMysqlSlots(database.url, LAYOUT));

  it("samples the server's time as whole Unix ms", async () => {
    const store = await opened();
    const serverS = async () => {
      const [row] = await database.query<{ now: string }>('SELECT UNIX_TIMESTAMP() AS now');
      return Number(row!.now);
    };
    const before = await serverS();
    const sampleMs = await store.sampleTimeMs();
    expect(Number.isInteger(sampleMs)).toBe(true);
    expect(sampleMs).toBeGreaterThanOrEqual(before * 1000);
    expect(sampleMs).toBeLessThan((await serverS()) * 1000 + 1000);
  });

  it('claims nothing on tables that were made anew until it has looked at them', async () => {
    const store = await opened();
    const slot = await store.create(dataOf('a'), 1023);
    await initMysqlSlots(database.url, LAYOUT, realSystem, { lostMs: 60_000 });
    const before = store.floorMs;
    await expect(store.create(dataOf('b'), 1023)).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
    expect(await store.take(slot!, dataOf('b'))).toBeUndefined();
    expect((await store.list()).map(each => each.data.token)).toEqual(['a']);
    expect(store.floorMs).toBeGreaterThanOrEqual(before + 60_000);
    expect((await store.create(dataOf('b'), 1023))?.workerId).toBe(1);
    expect((await store.take(slot!, dataOf('c')))?.data.token).toBe('c');
  });

  it('takes over no layout but its own when tables were made anew', async () => {
    const store = await opened();
    await database.query('UPDATE frond_slot_layout SET epoch_ms = epoch_ms + 1');
    await expect(store.list()).rejects.toMatchObject({ code: 'LAYOUT_MISMATCH' });
  });

  it('changes no row of another token that has come by the same version', async () => {
    const store = await opened();
    const slot = (await store.create(dataOf('a'), 1023))!;
    await database.query("UPDATE frond_slot SET token = 'A'");
    expect(await store.write(slot, dataOf('a', 1))).toBeUndefined();
    expect(await store.take(slot, dataOf('b'))).toBeUndefined();
    expect((await store.read(0))?.data.token).toBe('A');
  });

  it('refills no gap, and takes an owner of any length and script', async () => {
    const store = await opened();
    const data: SlotData = {
      ...dataOf('a'),
      owner: { host: `höst-🌿-${'x'.repeat(300)}`, port: 65_535, pid: 4_194_304 },
    };
    for (let i = 0; i < 3; i++) await store.create(data, 1023);
    await database.query('DELETE FROM frond_slot WHERE worker_id = 1');
    expect((await store.create(data, 1023))?.workerId).toBe(3);
    expect((await store.read(3))?.data.owner.host).toMatch(/^höst-🌿-x{200}/);
  });

  it('passes a row over that somebody spoilt, and says which one it is', async () => {
    const system = new VirtualSystem();
    const store = new MysqlSlotStore({ url: database.url, system: { ...system, timers: realSystem.timers } });
    stores.push(store);
    await store.open(LAYOUT);
    await store.create(dataOf('a'), 1023);
    for (const change of ["state = 'free'", 'bound_ms = 9007199254740993', 'hwm_ms = -1']) {
      await database.query(`UPDATE frond_slot SET ${change}`);
      await expect(store.read(0)).rejects.toMatchObject({
        code: 'STORE_DAMAGED',
        details: { reason: expect.stringContaining('worker ID 0') },
      });
      expect(await store.list()).toEqual([]);
      await database.query("UPDATE frond_slot SET state = 'held', hwm_ms = 1, bound_ms = 1");
    }
    const reasons = system.logged('warn').map(line => line.fields['reason']);
    expect(reasons).toHaveLength(3);
    expect(reasons[1]).toMatch(/in the row of worker ID 0, bound_ms is 9007199254740993/);
    expect((await store.create(dataOf('b'), 1023))?.workerId).toBe(1);
  });
});
