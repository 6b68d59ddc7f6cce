import { describe, expect, it, vi } from 'vitest';
import { MysqlRangeStore } from '../../../src/stores/ranges/mysql.ts';
import { realSystem } from '../../../src/system/system.ts';
import { MysqlRig, PATIENCE, POOL_SIZE, unavailable, untilTaken } from '../../support/mysql-rig.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

// Vitest fails the run on any unhandled rejection or uncaught error, so that every test here also asserts their absence.

const rig = new MysqlRig();

describe('a lock held by another connection', () => {
  it('ends the wait by our deadline, harms no other tag, and is forgotten when it goes', async () => {
    const store = await rig.newStoreWithTag({ timeoutMs: 900 });
    await store.putTag('other', { stepIds: 10 });
    const holder = await rig.database.connect();
    await holder.query('BEGIN');
    await holder.query("SELECT * FROM leaf_alloc WHERE biz_tag = 'order' FOR UPDATE");
    const stuck = store.take('order', 10).catch(error => error);
    await store.take('other', 10);
    expect(await stuck).toMatchObject(unavailable(/no answer within 900 ms/));
    await holder.query('ROLLBACK');
    await holder.end();
    await untilTaken(store);
  });

  it('is given up by the server first when the deadline is long, and the connection stays', async () => {
    const store = await rig.newStoreWithTag({ timeoutMs: 1900 });
    const holder = await rig.database.connect();
    await holder.query('BEGIN');
    await holder.query("SELECT * FROM leaf_alloc WHERE biz_tag = 'order' FOR UPDATE");
    const [connectionBefore] = (await rig.connectionIds()).filter(id => id !== holder.threadId);
    await expect(store.take('order', 10)).rejects.toMatchObject(unavailable(/Lock wait timeout exceeded/));
    await expect(store.putTag('order', { stepIds: 20 })).rejects.toMatchObject(unavailable(/Lock wait timeout/));
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await store.take('order', 10)).toEqual({ start: 1n, end: 11n });
    expect(await rig.connectionIds()).toContain(connectionBefore);
  });
});

describe('a broken connection', () => {
  it('that the server killed while it was idle is replaced', async () => {
    const store = await rig.newStoreWithTag();
    await Promise.all(Array.from({ length: POOL_SIZE }, () => store.take('order', 10)));
    for (const id of await rig.connectionIds()) await rig.database.query(`KILL ${id}`);
    await vi.waitUntil(() => store.socketCount === 0, PATIENCE);
    expect(await store.take('order', 10)).toEqual({ start: 31n, end: 41n });
  });

  it('that is killed in the middle of putTag leaves nothing half done', async () => {
    const store = await rig.newStoreWithTag({ timeoutMs: 10_000 });
    const holder = await rig.database.connect();
    await holder.query('BEGIN');
    await holder.query("SELECT * FROM leaf_alloc WHERE biz_tag = 'order' FOR UPDATE");
    const put = store.putTag('order', { stepIds: 77, maxId: 5000n }).catch(error => error);
    const waiting = () =>
      rig.database.query<{ Id: string }>(
        "SELECT id AS Id FROM information_schema.processlist WHERE info LIKE 'INSERT%'",
      );
    const [session] = await vi.waitUntil(async () => {
      const rows = await waiting();
      return rows.length === 1 && rows;
    }, PATIENCE);
    await rig.database.query(`KILL ${session!.Id}`);
    expect(await put).toMatchObject(unavailable(/./));
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await store.getTag('order')).toMatchObject({ stepIds: 10, maxId: 1n });
  });

  it('that loses the OK packet costs a range, never gives one twice', async () => {
    const store = await rig.newStoreWithTag({ via: rig.proxy });
    const before = await store.take('order', 10);
    const lost = rig.proxy.loseNextReply();
    await expect(store.take('order', 10)).rejects.toMatchObject(unavailable(/ECONNRESET|closed the connection/));
    await lost;
    expect(await store.take('order', 10)).toEqual({ start: before.end + 10n, end: before.end + 20n });
  });

  it.each(['request', 'reply'] as const)(
    'that loses the %s of the commit of a lift gives nothing twice',
    async what => {
      const store = await rig.newStoreWithTag({ via: rig.proxy });
      await store.take('order', 10);
      const lost = rig.proxy.loseNext('COMMIT', what);
      const take = store.take('order', 10, { atLeast: 500n });
      await expect(take).rejects.toMatchObject(unavailable(/ECONNRESET|closed the connection/));
      await lost;
      const { maxId } = (await rig.newStore().getTag('order'))!;
      expect(maxId).toBe(what === 'request' ? 11n : 510n);
      const { start } = await store.take('order', 10, { atLeast: 500n });
      expect(start).toBe(what === 'request' ? 500n : 510n);
    },
  );

  it('that goes silent is given up, together with its idle neighbours', async () => {
    const store = await rig.newStoreWithTag({ timeoutMs: 900, via: rig.proxy });
    await Promise.all(Array.from({ length: POOL_SIZE }, () => store.take('order', 10)));
    expect(store.socketCount).toBe(POOL_SIZE);
    rig.proxy.goSilent();
    await expect(store.take('order', 10)).rejects.toMatchObject(unavailable(/no answer within 900 ms/));
    await vi.waitUntil(() => store.socketCount === 0, PATIENCE);
    // Connections that never get past the handshake are given up as well.
    await Promise.allSettled(Array.from({ length: POOL_SIZE }, () => store.take('order', 10)));
    await vi.waitUntil(() => store.socketCount === 0, PATIENCE);
    rig.proxy.pass();
    // The first new connection already works: no further deadline has to be waited out.
    expect((await store.take('order', 10)).start).toBeGreaterThanOrEqual(31n);
  });

  it('that is reset in bursts never breaks the pool', async () => {
    const store = await rig.newStoreWithTag({ via: rig.proxy });
    const starts = new Set<bigint>();
    let given = 0;
    for (let round = 0; round < 20; round++) {
      const calls = Array.from({ length: 2 * POOL_SIZE }, () => store.take('order', 10));
      if (round % 2 === 0) setImmediate(() => rig.proxy.cut());
      for (const result of await Promise.allSettled(calls)) {
        if (result.status === 'fulfilled') {
          starts.add(result.value.start);
          given++;
        } else {
          expect(result.reason).toMatchObject({ code: 'STORE_UNAVAILABLE' });
        }
      }
    }
    expect(starts.size).toBe(given);
    expect(given).toBeGreaterThanOrEqual(10 * 2 * POOL_SIZE);
  });
});

describe("the server's settings", () => {
  it('cannot take autocommit away from a range', async () => {
    await rig.database.query('SET GLOBAL autocommit = 0');
    try {
      const store = rig.newStore();
      await store.putTag('order', { stepIds: 10 });
      const taken = await store.take('order', 10);
      await store.close();
      expect(await rig.newStore().getTag('order')).toMatchObject({ maxId: taken.end });
    } finally {
      await rig.database.query('SET GLOBAL autocommit = 1');
    }
  });

  it('cannot change how text is escaped', async () => {
    const [mode] = await rig.database.query<{ mode: string }>('SELECT @@GLOBAL.sql_mode AS mode');
    await rig.database.query("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'");
    try {
      const description = "it's \\', (SELECT 1), '";
      const { record } = await rig.newStore().putTag('order', { stepIds: 10, description });
      expect(record.description).toBe(description);
    } finally {
      await rig.database.query('SET GLOBAL sql_mode = ?', [mode!.mode]);
    }
  });

  it('are warned of when a crash could make IDs repeat', async () => {
    await rig.database.query('SET GLOBAL innodb_flush_log_at_trx_commit = 2');
    const system = new VirtualSystem();
    await rig.newStore({ system }).open();
    await rig.database.query('SET GLOBAL innodb_flush_log_at_trx_commit = 1');
    const message = 'innodb_flush_log_at_trx_commit is 2: after a power loss IDs can repeat; set it to 1';
    expect(system.logs).toMatchObject([{ level: 'warn', message }]);
  });

  it('that make it read-only are told as such, and the store goes on when they are lifted', async () => {
    const user = `u${rig.database.name.slice(-20)}`;
    await rig.database.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'x'`);
    await rig.database.query(`GRANT SELECT, INSERT, UPDATE ON ${rig.database.name}.* TO '${user}'@'%'`);
    const url = Object.assign(new URL(rig.database.url), { username: user, password: 'x' }).href;
    const store = rig.adopt(new MysqlRangeStore({ url, system: realSystem }));
    await store.putTag('order', { stepIds: 10 });
    await rig.database.query('SET GLOBAL read_only = 1');
    await expect(store.take('order', 10)).rejects.toMatchObject(
      unavailable(/the server is read-only \(.*read-only.*\)/),
    );
    await rig.database.query('SET GLOBAL read_only = 0');
    expect(await store.take('order', 10)).toEqual({ start: 1n, end: 11n });
    await rig.database.query(`DROP USER '${user}'@'%'`);
  });
});
