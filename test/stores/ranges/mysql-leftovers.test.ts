import { describe, expect, it, vi } from 'vitest';
import { MysqlRangeStore } from '../../../src/stores/ranges/mysql.ts';
import { realSystem, type System } from '../../../src/system/system.ts';
import { untilSettled } from '../../support/mysql.ts';
import { MysqlRig, PATIENCE } from '../../support/mysql-rig.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { waitUntil } from '../../support/wait-until.ts';

const rig = new MysqlRig();
const MINUTE_MS = 60_000;
const TERMS = { leftovers: { notBelow: 0n, maxAgeMs: MINUTE_MS } };
const REST = { start: 4n, end: 11n };

/** With time for a machine that is busy. */
function newStore(system: System = realSystem, url = rig.database.url): MysqlRangeStore {
  return rig.adopt(new MysqlRangeStore({ url, system, timeoutMs: 5000 }));
}

/** A store of which [1, 11) and [11, 21) of tag `order` were taken. */
async function used(): Promise<MysqlRangeStore> {
  const store = newStore();
  await store.putTag('order', { stepIds: 10 });
  await store.take('order', 10);
  await store.take('order', 10);
  await untilSettled(rig.database);
  return store;
}

const leave = (store: MysqlRangeStore, tag = 'order') => store.leave(tag, REST, MINUTE_MS);
/** As a process that has just begun and listed the tags. */
async function takeFresh(store: MysqlRangeStore, tag = 'order') {
  await store.listTags();
  return store.take(tag, 10, TERMS);
}

const rows = () => rig.database.query('SELECT biz_tag, start_id FROM frond_leftover WHERE start_id >= 0');

/** Restarts the server; resolves when the store can use it again. */
async function restartServer(store: MysqlRangeStore): Promise<void> {
  await rig.server.restart();
  await vi.waitFor(() => store.getTag('order'), PATIENCE);
  await untilSettled(rig.database);
}

describe('MysqlRangeStore with leftovers', () => {
  it('gives none that was left before the server was started anew', async () => {
    const store = await used();
    expect(await leave(store)).toBe(true);
    await restartServer(store);
    const next = newStore();
    for (const [each, start] of [
      [next, 21n],
      [store, 31n],
    ] as const) {
      expect(await takeFresh(each)).toEqual({ start, end: start + 10n });
    }
    expect(await rows()).toHaveLength(1);
  });

  it('leaves nothing at a server that could still be started anew within its first second', async () => {
    await rig.server.restart();
    const store = newStore();
    await vi.waitFor(() => store.putTag('order', { stepIds: 10, maxId: 21n }), PATIENCE);
    await rig.database.query('DELETE FROM frond_leftover');
    const uptimes: number[] = [];
    await waitUntil('a range that is left', async () => {
      const isLeft = await leave(store);
      const [row] = await rig.database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Uptime'");
      if (isLeft) uptimes.push(Number(row!.Value));
      return isLeft;
    });
    expect(uptimes[0]).toBeGreaterThanOrEqual(2);
  });

  it('leaves nothing at a server that was started anew since the process began', async () => {
    const store = await used();
    await restartServer(store);
    expect(await leave(store)).toBe(false);
    const next = newStore();
    await next.open();
    expect(await leave(next)).toBe(true);
    expect(await takeFresh(next)).toEqual({ ...REST, isLeftover: true });
  });

  it.each([
    ['at another server', "server = REPLACE(server, ':', '-other:')"],
    ['longer ago', `left_at = left_at - ${MINUTE_MS / 1000}`],
    ['in the time to come', 'left_at = left_at + 3600'],
  ])('gives none that was left %s', async (_, change) => {
    const store = await used();
    await leave(store);
    await rig.database.query(`UPDATE frond_leftover SET ${change}`);
    expect(await takeFresh(store)).toEqual({ start: 21n, end: 31n });
  });

  it.each([
    ['lowered', async () => void (await rig.database.query('UPDATE leaf_alloc SET max_id = 1'))],
    [
      'deleted and made anew',
      async (store: MysqlRangeStore) => {
        await rig.database.query('DELETE FROM leaf_alloc');
        await store.putTag('order', { stepIds: 10 });
      },
    ],
  ])('forgets what was left above a row that was %s by hand, so that nothing of it comes twice', async (_, spoil) => {
    const store = await used();
    await leave(store);
    await spoil(store);
    expect(await takeFresh(store)).toEqual({ start: 1n, end: 11n });
    expect(await takeFresh(store)).toEqual({ start: 11n, end: 21n });
    expect(await takeFresh(newStore())).toEqual({ start: 21n, end: 31n });
    expect(await rows()).toEqual([]);
    expect(await leave(store)).toBe(true);
  });

  it('goes on as ever where the table breaks while it is in use', async () => {
    const store = await used();
    await leave(store);
    await store.listTags();
    await rig.database.query('ALTER TABLE frond_leftover DROP COLUMN left_at');
    expect(await store.take('order', 10, TERMS)).toEqual({ start: 21n, end: 31n });
  });

  it('deletes what is old when something is left', async () => {
    const store = await used();
    await leave(store);
    await rig.database.query('UPDATE frond_leftover SET left_at = left_at - 3600');
    expect(await store.leave('order', { start: 15n, end: 21n }, MINUTE_MS)).toBe(true);
    expect(await rows()).toEqual([{ biz_tag: 'order', start_id: '15' }]);
  });

  it('leaves under the name of the row only', async () => {
    const store = await used();
    expect(await leave(store, 'ORDER')).toBe(false);
    expect(await rows()).toEqual([]);
  });

  it('leaves what many tags have at once', async () => {
    const store = await used();
    const tags = Array.from({ length: 60 }, (_, i) => `tag-${i}`);
    for (const tag of tags) await store.putTag(tag, { stepIds: 10, maxId: 21n });
    const bars = await rig.database.query('SELECT biz_tag FROM frond_leftover');
    expect(bars).toHaveLength(60);
    await rig.database.query('DELETE FROM frond_leftover');
    const left = await Promise.all(tags.map(tag => leave(store, tag)));
    expect(left).toEqual(tags.map(() => true));
    await store.listTags();
    const taken = await Promise.all(tags.map(tag => store.take(tag, 10, TERMS)));
    expect(taken).toEqual(tags.map(() => ({ ...REST, isLeftover: true })));
  });
});

describe('MysqlRangeStore without frond_leftover', () => {
  it.each([
    ['is absent', () => rig.database.query('DROP TABLE frond_leftover')],
    ['is another table', () => rig.database.query('ALTER TABLE frond_leftover DROP COLUMN server')],
  ])('goes on as ever where it %s, and says so once', async (_, spoil) => {
    await spoil();
    const system = new VirtualSystem();
    const store = newStore(system);
    await store.putTag('order', { stepIds: 10 });
    await takeFresh(store);
    expect(await takeFresh(store)).toEqual({ start: 11n, end: 21n });
    expect(await leave(store)).toBe(false);
    expect((await store.patchTag('order', { maxId: 50n }))?.maxId).toBe(50n);
    expect(await store.retireTag('order')).toBe(true);
    expect(system.logged('info').filter(({ message }) => message.startsWith('frond_leftover'))).toHaveLength(1);
  });

  it('goes on when it is dropped while in use', async () => {
    const store = await used();
    await rig.database.query('DROP TABLE frond_leftover');
    expect(await leave(store)).toBe(false);
    expect(await takeFresh(store)).toEqual({ start: 21n, end: 31n });
    expect((await store.patchTag('order', { maxId: 50n }))?.maxId).toBe(50n);
  });

  it.each([
    ['may use leaf_alloc alone', ''],
    ['may not insert there', 'GRANT SELECT, DELETE ON DATABASE.frond_leftover TO'],
    ['may not delete there', 'GRANT SELECT, INSERT, UPDATE ON DATABASE.frond_leftover TO'],
  ])('goes on as ever where the user %s', async (_, grant) => {
    await leave(await used());
    const user = `u${rig.database.name.slice(-20)}`;
    await rig.database.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'pw'`);
    await rig.database.query(`GRANT SELECT, INSERT, UPDATE ON ${rig.database.name}.leaf_alloc TO '${user}'@'%'`);
    if (grant !== '') await rig.database.query(`${grant.replace('DATABASE', rig.database.name)} '${user}'@'%'`);
    const url = Object.assign(new URL(rig.database.url), { username: user, password: 'pw' }).href;
    const store = newStore(realSystem, url);
    await store.open();
    expect(await store.leave('order', { start: 15n, end: 21n }, MINUTE_MS)).toBe(false);
    expect(await takeFresh(store)).toEqual({ start: 21n, end: 31n });
    expect((await store.patchTag('order', { maxId: 50n }))?.maxId).toBe(50n);
    await rig.database.query(`DROP USER '${user}'@'%'`);
  });
});
