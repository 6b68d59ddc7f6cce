import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MysqlRangeStore } from '../../../src/stores/ranges/mysql.ts';
import { realSystem } from '../../../src/system/system.ts';
import { rangeStoreContract } from '../../contract/range-store.ts';
import {
  createMysqlDatabase,
  type MysqlDatabase,
  SERVER_SETUP_MS,
  sharedMysqlUrl,
  untilSettled,
} from '../../support/mysql.ts';

rangeStoreContract({
  name: 'MySQL',
  async open() {
    const own = await createMysqlDatabase(await sharedMysqlUrl());
    await untilSettled(own);
    return {
      handle: () => new MysqlRangeStore({ url: own.url, system: realSystem, timeoutMs: 5000 }),
      end: () => own.drop(),
    };
  },
});

let database: MysqlDatabase;
const stores: MysqlRangeStore[] = [];

beforeAll(async () => {
  database = await createMysqlDatabase(await sharedMysqlUrl());
}, SERVER_SETUP_MS);
afterAll(() => database.drop());
afterEach(async () => {
  await Promise.all(stores.map(store => store.close()));
  expect(stores.map(store => store.socketCount)).toEqual(stores.map(() => 0));
  stores.length = 0;
  await database.query('DELETE FROM leaf_alloc');
});

function newStore(options: { url?: string; poolSize?: number } = {}): MysqlRangeStore {
  const store = new MysqlRangeStore({ url: database.url, system: realSystem, timeoutMs: 5000, ...options });
  stores.push(store);
  return store;
}

const insert = (tag: string, maxId: string, stepIds: number) =>
  database.query('INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES (?, ?, ?)', [tag, maxId, stepIds]);
const maxIdOf = async (tag: string) => {
  const [row] = await database.query<{ max_id: string }>('SELECT max_id FROM leaf_alloc WHERE biz_tag = ?', [tag]);
  return row?.max_id;
};

describe('MysqlRangeStore on a row of Leaf', () => {
  it('continues where the row of a Leaf installation stands', async () => {
    await insert('leaf-segment-test', '120001', 2000);
    expect(await newStore().take('leaf-segment-test', 2000)).toEqual({ start: 120_001n, end: 122_001n });
    expect(await maxIdOf('leaf-segment-test')).toBe('122001');
  });

  it('takes the step it was asked for, whatever the row says', async () => {
    await insert('order', '1', 10);
    expect(await newStore().take('order', 1000)).toEqual({ start: 1n, end: 1001n });
  });

  it('gives every ID below 2^63 - 1 and then refuses with the row unchanged', async () => {
    await insert('last', (2n ** 63n - 1n - 1000n).toString(), 1000);
    const store = newStore();
    expect(await store.take('last', 1000)).toEqual({ start: 2n ** 63n - 1001n, end: 2n ** 63n - 1n });
    await expect(store.take('last', 1)).rejects.toMatchObject({ code: 'RANGE_EXHAUSTED' });
    expect(await maxIdOf('last')).toBe((2n ** 63n - 1n).toString());
  });

  it('gives no ID of 2^63 or more from a table whose max_id was made unsigned', async () => {
    const unsigned = await createMysqlDatabase(await sharedMysqlUrl());
    try {
      await unsigned.query('ALTER TABLE leaf_alloc MODIFY max_id bigint unsigned NOT NULL');
      await unsigned.query('INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES (?, ?, ?)', [
        'order',
        (2n ** 63n - 1n).toString(),
        1000,
      ]);
      const store = newStore({ url: unsigned.url });
      await store.open();
      await expect(store.take('order', 1000)).rejects.toMatchObject({ code: 'RANGE_EXHAUSTED' });
      await expect(store.take('order', 1000)).rejects.toMatchObject({ code: 'RANGE_EXHAUSTED' });
    } finally {
      await unsigned.drop();
    }
  });

  it('hands out disjoint ranges without holes to two stores of many callers each', async () => {
    await insert('order', '1', 10);
    const both = [newStore(), newStore({ poolSize: 1 })];
    const taken = await Promise.all(Array.from({ length: 120 }, (_, i) => both[i % 2]!.take('order', 1 + (i % 7))));
    taken.sort((a, b) => Number(a.start - b.start));
    let expected = 1n;
    for (const range of taken) {
      expect(range.start).toBe(expected);
      expected = range.end;
    }
    expect(await maxIdOf('order')).toBe(expected.toString());
  });

  it('refuses a retired row, and brings it back where it stopped', async () => {
    const store = newStore();
    await store.putTag('order', { stepIds: 10, description: 'kept' });
    await store.take('order', 10);
    expect(await store.retireTag('order')).toBe(true);
    expect(await store.retireTag('order')).toBe(false);
    expect(await database.query('SELECT max_id, step, description FROM leaf_alloc')).toEqual([
      { max_id: '11', step: 0, description: 'kept' },
    ]);
    await expect(store.take('order', 10)).rejects.toMatchObject({ code: 'UNKNOWN_TAG' });
    const { record } = await store.putTag('order', { stepIds: 20 });
    expect(record).toMatchObject({ maxId: 11n, stepIds: 20, description: 'kept' });
  });
});

describe('MysqlRangeStore.putTag', () => {
  it('never lowers maxId while ranges are being taken', async () => {
    const store = newStore();
    await store.putTag('order', { stepIds: 10 });
    const takes = Array.from({ length: 40 }, () => store.take('order', 10));
    const puts = Array.from({ length: 10 }, (_, i) => store.putTag('order', { stepIds: 10 + i, description: `${i}` }));
    const starts = (await Promise.all(takes)).map(range => range.start);
    await Promise.all(puts);
    expect(new Set(starts).size).toBe(40);
    expect(await maxIdOf('order')).toBe('401');
  });

  it('leaves the row as it was and the connection usable after TAG_WOULD_REWIND', async () => {
    await insert('order', '5000', 10);
    const store = newStore({ poolSize: 1 });
    await expect(store.putTag('order', { stepIds: 99, maxId: 4999n })).rejects.toMatchObject({
      code: 'TAG_WOULD_REWIND',
      details: { maxId: 4999n, currentMaxId: 5000n },
    });
    expect(await store.getTag('order')).toMatchObject({ maxId: 5000n, stepIds: 10 });
    // A transaction left open would still hold the row's lock.
    expect(await newStore().take('order', 10)).toEqual({ start: 5000n, end: 5010n });
  });

  it('keeps quotes, backslashes and any script in a description', async () => {
    const description = `it's "quoted" \\ back\\'slash; -- 漢字 🌿`;
    const { record } = await newStore().putTag('order', { stepIds: 10, description });
    expect(record.description).toBe(description);
  });

  it('calls a description that the column cannot hold an invalid argument', async () => {
    await database.query('ALTER TABLE leaf_alloc MODIFY description varchar(10) CHARACTER SET latin1');
    const store = newStore();
    await expect(store.putTag('a', { stepIds: 1, description: '漢字' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { field: 'description' },
    });
    await expect(store.putTag('a', { stepIds: 1, description: 'x'.repeat(11) })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await store.getTag('a')).toBeUndefined();
    await database.query('ALTER TABLE leaf_alloc MODIFY description varchar(256)');
  });
});

describe('MysqlRangeStore on names that differ by case only', () => {
  it('never begins anew under another spelling, of a live tag or a retired one', async () => {
    const [store, other] = [newStore(), newStore()];
    await store.putTag('Order', { stepIds: 10 });
    expect(await store.take('Order', 10)).toEqual({ start: 1n, end: 11n });
    const refusal = { code: 'INVALID_ARGUMENT', details: { field: 'tag', value: 'order' } };
    await expect(other.putTag('order', { stepIds: 20 })).rejects.toMatchObject(refusal);
    await store.retireTag('Order');
    await expect(other.putTag('order', { stepIds: 20 })).rejects.toMatchObject(refusal);
    expect(await other.putTag('Order', { stepIds: 20 })).toMatchObject({ created: true, record: { maxId: 11n } });
    expect(await other.take('ORDER', 10)).toEqual({ start: 11n, end: 21n });
  });

  it('changes and retires a tag under its own name only', async () => {
    const store = newStore();
    await store.putTag('Order', { stepIds: 10 });
    expect(await store.patchTag('order', { stepIds: 99 })).toBeUndefined();
    expect(await store.retireTag('order')).toBe(false);
    expect(await store.getTag('Order')).toMatchObject({ tag: 'Order', stepIds: 10 });
  });

  it('keeps them apart in a table with a binary collation', async () => {
    const binary = await createMysqlDatabase(await sharedMysqlUrl());
    try {
      await binary.query('ALTER TABLE leaf_alloc MODIFY biz_tag varchar(128) COLLATE utf8mb4_bin NOT NULL');
      const [store, other] = [newStore({ url: binary.url }), newStore({ url: binary.url })];
      await store.putTag('Order', { stepIds: 10 });
      await store.putTag('order', { stepIds: 10 });
      await store.take('order', 10);
      expect(await store.retireTag('order')).toBe(true);
      expect(await store.take('Order', 10)).toEqual({ start: 1n, end: 11n });
      await other.putTag('order', { stepIds: 10 });
      expect(await other.take('order', 10)).toEqual({ start: 11n, end: 21n });
      await Promise.all([store.close(), other.close()]);
    } finally {
      await binary.drop();
    }
  });
});

describe('MysqlRangeStore.listTags', () => {
  it('orders names by their bytes and tells when each row was changed, in any time zone', async () => {
    const store = newStore();
    for (const tag of ['b', 'a', 'C', 'a.1', 'A0']) await store.putTag(tag, { stepIds: 10 });
    await database.query("UPDATE leaf_alloc SET update_time = FROM_UNIXTIME(1700000000) WHERE biz_tag = 'a'");
    const listed = await store.listTags();
    expect(listed.map(record => record.tag)).toEqual(['A0', 'C', 'a', 'a.1', 'b']);
    expect(listed.find(record => record.tag === 'a')?.updatedAtMs).toBe(1_700_000_000_000);
  });
});
