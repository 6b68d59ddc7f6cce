import { createConnection } from 'mysql2/promise';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { initMysql } from '../../../src/stores/ranges/init-mysql.ts';
import { MysqlRangeStore } from '../../../src/stores/ranges/mysql.ts';
import { realSystem } from '../../../src/system/system.ts';
import { createMysqlDatabase, type MysqlDatabase, SERVER_SETUP_MS, sharedMysqlUrl } from '../../support/mysql.ts';
import { freePort } from '../../support/servers/free-port.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

let serverUrl: string;
let database: MysqlDatabase;
let store: MysqlRangeStore | undefined;

beforeAll(async () => {
  serverUrl = await sharedMysqlUrl();
}, SERVER_SETUP_MS);
beforeEach(async () => {
  database = await createMysqlDatabase(serverUrl, false);
});
afterEach(async () => {
  await store?.close();
  expect(store?.socketCount ?? 0).toBe(0);
  store = undefined;
  await database.drop();
});

function newStore(url = database.url): MysqlRangeStore {
  store = new MysqlRangeStore({ url, system: realSystem, timeoutMs: 5000 });
  return store;
}

function urlWith(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

describe('initMysql', () => {
  it('creates each table once, and says whether it did', async () => {
    const { host, pathname } = new URL(database.url);
    const store = `mysql://${host}${pathname}`;
    const made = { store, created: true, leftovers: { state: 'made', lacks: [] } };
    expect(await initMysql(database.url)).toEqual(made);
    expect(await initMysql(database.url)).toEqual({ store, created: false, leftovers: { state: 'there', lacks: [] } });
    await database.query('DROP TABLE frond_leftover');
    expect(await initMysql(database.url)).toEqual({ ...made, created: false });
    await newStore().open();
  });

  it('makes the columns of Leaf', async () => {
    await initMysql(database.url);
    const columns = await database.query<{ Field: string; Type: string; Null: string; Key: string }>(
      'SHOW COLUMNS FROM leaf_alloc',
    );
    // MySQL 8 shows no display width.
    const shown = columns.map(c => [c.Field, c.Type.replace(/int\(\d+\)/, 'int'), c.Null, c.Key]);
    expect(shown).toEqual([
      ['biz_tag', 'varchar(128)', 'NO', 'PRI'],
      ['max_id', 'bigint', 'NO', ''],
      ['step', 'int', 'NO', ''],
      ['description', 'varchar(256)', 'YES', ''],
      ['update_time', 'timestamp', 'NO', ''],
    ]);
  });

  it('leaves the rows of an existing table alone, even without the right to create tables', async () => {
    await initMysql(database.url);
    await database.query('DROP TABLE frond_leftover');
    await database.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 777, 10)");
    const user = `u${database.name.slice(-20)}`;
    await database.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'p@ss/w:rd#%'`);
    await database.query(`GRANT SELECT, INSERT, UPDATE ON ${database.name}.* TO '${user}'@'%'`);
    const url = urlWith(u => Object.assign(u, { username: user, password: encodeURIComponent('p@ss/w:rd#%') }));
    expect(await initMysql(url)).toMatchObject({ created: false, leftovers: { state: 'absent', lacks: ['CREATE'] } });
    expect(await newStore(url).take('order', 10)).toEqual({ start: 777n, end: 787n });
    await initMysql(database.url);
    expect(await initMysql(url)).toMatchObject({ created: false, leftovers: { state: 'there', lacks: ['DELETE'] } });
    await database.query(`DROP USER '${user}'@'%'`);
  });

  it('refuses a database that does not exist', async () => {
    const url = urlWith(u => Object.assign(u, { pathname: '/no_such_database' }));
    await expect(initMysql(url)).rejects.toMatchObject({ code: 'STORE_NOT_INITIALISED' });
  });

  it('leaves alone another table of the name frond_leftover, which servers do without', async () => {
    await database.query('CREATE TABLE frond_leftover (id int PRIMARY KEY)');
    expect(await initMysql(database.url)).toMatchObject({ created: true, leftovers: { state: 'there', lacks: [] } });
  });

  it('refuses another table of that name', async () => {
    await database.query('CREATE TABLE leaf_alloc (biz_tag varchar(128) PRIMARY KEY, max_id int)');
    await expect(initMysql(database.url)).rejects.toMatchObject({ code: 'STORE_NOT_INITIALISED' });
  });
});

describe('MysqlRangeStore.open', () => {
  it('refuses a database without the table, and creates none', async () => {
    const empty = newStore();
    await expect(empty.open()).rejects.toMatchObject({
      code: 'STORE_NOT_INITIALISED',
      details: { reason: 'the table leaf_alloc does not exist' },
    });
    await expect(empty.take('order', 10)).rejects.toMatchObject({ code: 'STORE_NOT_INITIALISED' });
    await expect(empty.listTags()).rejects.toMatchObject({ code: 'STORE_NOT_INITIALISED' });
    expect(await database.query('SHOW TABLES')).toEqual([]);
  });

  it.each([
    ['DROP COLUMN description', 'the table leaf_alloc has no column description'],
    ['MODIFY max_id int NOT NULL', 'column max_id of leaf_alloc is int, not bigint'],
    ['DROP PRIMARY KEY', 'the table leaf_alloc has no primary or unique key on exactly (biz_tag)'],
    [
      'DROP PRIMARY KEY, ADD PRIMARY KEY (biz_tag, step)',
      'the table leaf_alloc has no primary or unique key on exactly (biz_tag)',
    ],
    [
      'DROP PRIMARY KEY, ADD UNIQUE KEY (biz_tag(10))',
      'the table leaf_alloc has no primary or unique key on exactly (biz_tag)',
    ],
  ])('refuses a table after %s', async (change, reason) => {
    await initMysql(database.url);
    await database.query(`ALTER TABLE leaf_alloc ${change}`);
    await expect(newStore().open()).rejects.toMatchObject({ code: 'STORE_NOT_INITIALISED', details: { reason } });
  });

  it('takes a unique key for the primary key, and warns of an engine that forgets in a crash', async () => {
    await initMysql(database.url);
    await database.query('ALTER TABLE leaf_alloc DROP PRIMARY KEY, ADD UNIQUE KEY (biz_tag)');
    await database.query('ALTER TABLE leaf_alloc ENGINE=MyISAM');
    const system = new VirtualSystem();
    store = new MysqlRangeStore({ url: database.url, system });
    await store.open();
    expect(system.logged('warn').map(line => line.message)).toContainEqual(
      'the engine of leaf_alloc is MyISAM: after a crash IDs can repeat; change it to InnoDB',
    );
  });

  it('refuses a table with a trigger on updates, and says which', async () => {
    await initMysql(database.url);
    await database.query("CREATE TRIGGER noisy BEFORE UPDATE ON leaf_alloc FOR EACH ROW SET NEW.description = 'x'");
    await expect(newStore().open()).rejects.toMatchObject({
      code: 'STORE_NOT_INITIALISED',
      details: { reason: expect.stringContaining('trigger noisy on leaf_alloc') },
    });
  });

  it('never guesses the range that a later trigger hides, loses one range by it, and goes on when it is gone', async () => {
    await initMysql(database.url);
    const open = newStore();
    await open.open();
    await open.putTag('order', { stepIds: 100, maxId: 5000n });
    await database.query('CREATE TABLE audit (id BIGINT AUTO_INCREMENT PRIMARY KEY, m BIGINT) ENGINE=InnoDB');
    await database.query(
      'CREATE TRIGGER noisy AFTER UPDATE ON leaf_alloc FOR EACH ROW INSERT INTO audit (m) VALUES (NEW.max_id)',
    );
    for (let i = 0; i < 3; i++) {
      await expect(open.take('order', 100)).rejects.toMatchObject({
        code: 'STORE_NOT_INITIALISED',
        retryable: false,
        details: { reason: expect.stringContaining('trigger') },
      });
    }
    await database.query('DROP TRIGGER noisy');
    expect(await open.take('order', 100)).toEqual({ start: 5100n, end: 5200n });
    expect(await open.take('order', 100)).toEqual({ start: 5200n, end: 5300n });
  });

  it('never clips the last range of a table whose max_id was made a narrow type after the start', async () => {
    await initMysql(database.url);
    const open = newStore();
    await open.open();
    await database.query('ALTER TABLE leaf_alloc MODIFY max_id int NOT NULL');
    await database.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 2147483000, 1000)");
    await expect(open.take('order', 1000)).rejects.toMatchObject({ code: 'RANGE_EXHAUSTED' });
    expect(await database.query('SELECT max_id FROM leaf_alloc')).toEqual([{ max_id: 2147483000 }]);
  });

  it('does not throw for a server that cannot be reached; it logs that, and the calls say so', async () => {
    const system = new VirtualSystem();
    const port = await freePort();
    store = new MysqlRangeStore({ url: `mysql://u:hunter2@127.0.0.1:${port}/ids`, system });
    await store.open();
    expect(system.logs).toMatchObject([{ level: 'warn', message: 'the range store does not answer yet' }]);
    const failure = await store.take('order', 10).catch(error => error);
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(failure.message).toContain(`mysql://127.0.0.1:${port}/ids did not answer: connect ECONNREFUSED`);
    expect(failure.message).not.toContain('hunter2');
  });

  it('reports a wrong password as unavailable, without showing it', async () => {
    const url = urlWith(u => Object.assign(u, { username: 'nobody', password: 'hunter2' }));
    const failure = await newStore(url)
      .take('order', 10)
      .catch(error => error);
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(failure.message).toContain('Access denied');
    expect(`${failure.message}${failure.cause.stack}${JSON.stringify(failure.cause)}`).not.toContain('hunter2');
  });

  it('never falls back to plain TCP or an unverified server where TLS is required', async () => {
    const failure = await newStore(`${database.url}?ssl=required`)
      .take('order', 10)
      .catch(error => error);
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(failure.message).toMatch(/secure connection|self-signed certificate/);
  });
});

describe('the test database', () => {
  it('is dropped without a trace', async () => {
    const other = await createMysqlDatabase(serverUrl, false);
    await other.drop();
    const connection = await createConnection(serverUrl);
    const [rows] = await connection.query('SHOW DATABASES LIKE ?', [other.name]);
    await connection.end();
    expect(rows).toEqual([]);
  });
});
