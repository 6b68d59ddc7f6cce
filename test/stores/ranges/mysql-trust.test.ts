import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MysqlRangeStore, type MysqlRangeStoreOptions } from '../../../src/stores/ranges/mysql.ts';
import { realSystem } from '../../../src/system/system.ts';
import { createMysqlDatabase, type MysqlDatabase, SERVER_SETUP_MS } from '../../support/mysql.ts';
import { ask, MysqlPair } from '../../support/mysql-pair.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { waitUntil } from '../../support/wait-until.ts';

const pair = new MysqlPair();
let database: MysqlDatabase;
const stores: MysqlRangeStore[] = [];

beforeAll(async () => {
  await pair.start();
  if (pair.canReplicate) await pair.follow();
  database = await createMysqlDatabase(pair.primary.url);
  await database.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 1, 10)");
}, SERVER_SETUP_MS);
afterAll(() => pair.stop());
afterEach(async () => {
  await ask(pair.primary, 'SET GLOBAL innodb_flush_log_at_trx_commit = 1, GLOBAL sync_binlog = 1');
  await Promise.all(stores.splice(0).map(store => store.close()));
});

/** A store whose log lines are kept. */
function newStore(options: Partial<MysqlRangeStoreOptions>) {
  const { logger, logs } = new VirtualSystem();
  const system = { ...realSystem, logger };
  const store = new MysqlRangeStore({ url: database.url, system, timeoutMs: 3000, ...options });
  stores.push(store);
  return { store, logs };
}

const notDurable = (reason: RegExp) => ({
  code: 'STORE_NOT_DURABLE',
  details: { reason: expect.stringMatching(reason) },
});

describe('a MySQL whose settings let it forget', () => {
  it('is used without a word when they do not', async () => {
    const { store, logs } = newStore({ durability: 'refuse' });
    await store.open();
    expect(await store.take('order', 10)).toMatchObject({ start: expect.any(BigInt) });
    expect([store.health().risks, logs]).toEqual([[], []]);
  });

  it('is used with a warning, unless that is not enough', async () => {
    await ask(pair.primary, 'SET GLOBAL innodb_flush_log_at_trx_commit = 2');
    const { store, logs } = newStore({});
    await store.open();
    await store.take('order', 10);
    expect(store.health().risks).toEqual([expect.stringMatching(/innodb_flush_log_at_trx_commit is 2/)]);
    expect(logs).toMatchObject([{ level: 'warn', message: expect.stringMatching(/is 2: .*; set it to 1/) }]);
    await expect(newStore({ durability: 'refuse' }).store.open()).rejects.toMatchObject(notDurable(/is 2/));
  });

  it('is noticed also when the settings change, or another server answers, later on', async () => {
    const { store, logs } = newStore({ durability: 'refuse' });
    await store.open();
    await ask(pair.primary, 'SET GLOBAL sync_binlog = 0');
    await store.listTags();
    await store.listTags();
    const [before] = await database.query<{ max_id: string }>('SELECT max_id FROM leaf_alloc');
    await expect(store.take('order', 10)).rejects.toMatchObject(notDurable(/sync_binlog is 0/));
    expect((await database.query('SELECT max_id FROM leaf_alloc'))[0]).toEqual(before);
    expect(logs).toHaveLength(1);
    await ask(pair.primary, 'SET GLOBAL sync_binlog = 1');
    await store.listTags();
    await store.take('order', 10);
  });
});

describe('a MySQL that replicates semi-synchronously', () => {
  it('gives no range that no replica may have, and serves again by itself', { timeout: 30_000 }, async ctx => {
    if (!pair.canReplicate) ctx.skip('containers do not see each other');
    await ask(pair.primary, 'SET GLOBAL rpl_semi_sync_master_timeout = 100, GLOBAL rpl_semi_sync_master_enabled = 1');
    await ask(pair.replica, 'STOP SLAVE');
    await ask(pair.replica, 'SET GLOBAL rpl_semi_sync_slave_enabled = 1');
    const strict = newStore({ semiSync: 'refuse' });
    const lenient = newStore({ semiSync: 'warn' });
    await expect(strict.store.take('order', 10)).rejects.toMatchObject(notDurable(/no replica/));
    await lenient.store.take('order', 10);
    expect(lenient.logs).toMatchObject([{ level: 'warn', message: expect.stringMatching(/no replica/) }]);
    expect(lenient.store.health().risks).toHaveLength(1);

    await ask(pair.replica, 'START SLAVE');
    await waitUntil('the replica to be waited for', async () => {
      await lenient.store.take('order', 10);
      return lenient.store.health().risks.length === 0;
    });
    const first = await strict.store.take('order', 10);
    await pair.untilSame(`SELECT max_id FROM ${database.name}.leaf_alloc`);

    await ask(pair.replica, 'STOP SLAVE');
    await expect(strict.store.take('order', 10)).rejects.toMatchObject(notDurable(/no replica/));
    const [before] = await database.query<{ max_id: string }>('SELECT max_id FROM leaf_alloc');
    await expect(strict.store.take('order', 10)).rejects.toMatchObject(notDurable(/no replica/));
    expect((await database.query('SELECT max_id FROM leaf_alloc'))[0]).toEqual(before);
    expect(BigInt(before!.max_id)).toBe(first.end + 10n);

    await ask(pair.replica, 'START SLAVE');
    const next = await waitUntil('ranges again', () => strict.store.take('order', 10));
    expect(next.start).toBeGreaterThanOrEqual(first.end + 10n);
    expect(strict.logs.map(line => line.level)).toEqual(['warn', 'info', 'warn', 'info']);
  });
});
