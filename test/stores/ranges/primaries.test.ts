import { beforeAll, describe, expect, it } from 'vitest';
import { MysqlRangeStore } from '../../../src/stores/ranges/mysql.ts';
import { MysqlPrimary } from '../../../src/stores/ranges/mysql-primary.ts';
import { PrimariesRangeStore } from '../../../src/stores/ranges/primaries.ts';
import { realSystem } from '../../../src/system/system.ts';
import { SERVER_SETUP_MS, sharedMysqlUrl } from '../../support/mysql.ts';
import { idsOfRange, PrimariesRig } from '../../support/primaries-rig.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { waitUntil } from '../../support/wait-until.ts';

const rig = new PrimariesRig();
let server: string;
beforeAll(async () => {
  server = await sharedMysqlUrl();
}, SERVER_SETUP_MS);

const two = () => rig.make([server, server]);
const setResidue = (i: number, delta: number, remainder: number) =>
  rig.databases[i]!.query('UPDATE frond_residue SET delta = ?, remainder = ?', [delta, remainder]);

describe('two primaries', () => {
  it('take turns, and each gives every second ID', async () => {
    await two();
    const store = await rig.opened();
    await store.putTag('order', { stepIds: 5 });
    expect(await store.take('order', 5)).toMatchObject({ start: 2n, end: 11n, stride: 2n });
    expect(await store.take('order', 5)).toMatchObject({ start: 11n, end: 21n, stride: 2n });
    expect(await store.take('order', 5)).toMatchObject({ start: 22n, end: 31n, stride: 2n });
    expect(await rig.maxIds('order')).toEqual([31n, 21n]);
  });

  it('never give two processes an ID twice, and each process only increasing ones', async () => {
    await two();
    const stores = await Promise.all([rig.opened(), rig.opened(), rig.opened()]);
    await stores[0]!.putTag('order', { stepIds: 7 });
    const taken = await Promise.all(
      stores.map(async (store, n) => {
        const mine: bigint[] = [];
        for (let i = 0; i < 60; i++) {
          const range = await store.take('order', 7);
          const ids = idsOfRange(range);
          expect(ids).toHaveLength(7);
          mine.push(...ids);
          if ((i + n) % 5 === 0)
            await store.giveBack('order', { ...range, start: ids[6]! }).then(ok => ok && mine.pop());
        }
        return mine;
      }),
    );
    for (const mine of taken) expect(mine).toEqual(mine.toSorted((a, b) => (a < b ? -1 : 1)));
    const all = taken.flat();
    expect(new Set(all).size).toBe(all.length);
  });

  it('give back to the one that the range is of', async () => {
    await two();
    const store = await rig.opened();
    await store.putTag('order', { stepIds: 5 });
    const first = await store.take('order', 5);
    const second = await store.take('order', 5);
    expect(await store.giveBack('order', { ...second, start: 15n })).toBe(true);
    expect(await store.giveBack('order', { ...first, start: 6n })).toBe(true);
    expect(await rig.maxIds('order')).toEqual([6n, 15n]);
    expect(await (await rig.opened()).take('order', 2)).toMatchObject({ start: 6n, end: 10n });
  });

  it('are lifted by whoever had ranges of the other', async () => {
    await two();
    const store = await rig.opened();
    await store.putTag('order', { stepIds: 5 });
    await rig.databases[1]!.query('UPDATE leaf_alloc SET max_id = 1000');
    const ranges = [await store.take('order', 5), await store.take('order', 5), await store.take('order', 5)];
    expect(ranges.map(range => range.start)).toEqual([2n, 1001n, 1010n]);
    expect(await rig.maxIds('order')).toEqual([1020n, 1010n]);
  });

  it('show the union of their tags, at the highest maxId, and never behind what this process had', async () => {
    await two();
    const store = await rig.opened();
    await store.putTag('order', { stepIds: 5 });
    await rig.databases[1]!.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('late', 70, 9)");
    await store.take('order', 5);
    await store.take('order', 5);
    await rig.databases[1]!.query("DELETE FROM leaf_alloc WHERE biz_tag = 'order'");
    expect((await store.listTags()).map(({ tag, maxId, stepIds }) => [tag, maxId, stepIds])).toEqual([
      ['late', 70n, 9],
      ['order', 21n, 5],
    ]);
    expect(await store.getTag('order')).toMatchObject({ maxId: 21n });
    expect(await store.getTag('nobody')).toBeUndefined();
  });

  it('change a tag in both, and make it where it is missing at the height of the other', async () => {
    await two();
    const store = await rig.opened();
    await rig.databases[0]!.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 500, 9)");
    expect(await store.take('order', 5)).toMatchObject({ start: 500n });
    expect(await store.take('order', 5)).toMatchObject({ start: 510n });
    expect(await store.putTag('order', { stepIds: 20, description: 'both' })).toMatchObject({
      created: false,
      record: { maxId: 520n, stepIds: 20, description: 'both' },
    });
    expect(await rig.maxIds('order')).toEqual([520n, 520n]);
    expect(await store.putTag('order', { stepIds: 20, maxId: 700n })).toMatchObject({ record: { maxId: 700n } });
    const refused = store.putTag('order', { stepIds: 20, maxId: 600n });
    await expect(refused).rejects.toMatchObject({ code: 'TAG_WOULD_REWIND', details: { currentMaxId: 700n } });
    expect(await store.retireTag('order')).toBe(true);
    expect(await store.retireTag('order')).toBe(false);
    await expect(store.take('order', 5)).rejects.toMatchObject({ code: 'UNKNOWN_TAG' });
    expect(await store.putTag('order', { stepIds: 3 })).toMatchObject({ created: true, record: { maxId: 700n } });
  });
});

describe('residues that do not fit together', () => {
  const refusal = (i: number, reason: RegExp) => ({
    code: 'STORE_NOT_INITIALISED',
    details: { store: rig.databases[i]!.url.replace(/\/\/[^@]*@/, '//'), reason: expect.stringMatching(reason) },
  });

  it.each([
    ['a remainder twice', 2, 0, /^frond_residue says delta 2, remainder 0, as that of mysql:\/\/\S+ does$/],
    ['another delta', 3, 1, /^frond_residue says delta 3, remainder 1, but 2 primaries are configured$/],
    ['a remainder that is none', 2, 2, /^frond_residue says delta 2, remainder 2, which is no residue class$/],
  ])('are refused at the start: %s', async (_, delta, remainder, reason) => {
    await two();
    await setResidue(1, delta, remainder);
    await expect(rig.store().open()).rejects.toMatchObject(refusal(1, reason));
  });

  it('are refused at the start: none at all', async () => {
    await rig.make([server, server], false);
    await expect(rig.store().open()).rejects.toMatchObject(
      refusal(0, /frond_residue is missing, empty or not to be read/),
    );
  });

  it('are refused at the start: one of several by itself', async () => {
    await two();
    const alone = rig.adopt(new MysqlRangeStore({ url: rig.databases[1]!.url, system: realSystem }));
    await expect(alone.open()).rejects.toMatchObject(
      refusal(1, /delta 2, remainder 1: it is one of several primaries/),
    );
  });

  it('are refused at the start: the same database twice', async () => {
    await two();
    const primary = () => new MysqlPrimary({ url: rig.databases[0]!.url, system: realSystem });
    expect(() => new PrimariesRangeStore([primary(), primary()], realSystem)).toThrow(/twice/);
  });

  it('are noticed at the next take, which changes nothing, and that one is left out until it is as it was', async () => {
    await two();
    const system = new VirtualSystem();
    const store = await rig.opened({
      ...realSystem,
      logger: system.logger,
      random: { ...system.random, fraction: () => 0 },
    });
    await store.putTag('order', { stepIds: 5 });
    await setResidue(0, 2, 1);
    for (let i = 0; i < 4; i++) expect((await store.take('order', 5)).start % 2n).toBe(1n);
    expect((await rig.maxIds('order'))[0]).toBe(1n);
    const reason =
      /^.* is not initialised: frond_residue says delta 2, remainder 1, but said delta 2, remainder 0 when/;
    const told = system.logged('error').map(line => line.fields as { reason: string });
    expect(told).toHaveLength(1);
    expect(told[0]!.reason).toMatch(reason);
    expect(store.health().primaries).toMatchObject([{ failure: 'STORE_NOT_INITIALISED' }, { failure: null }]);
    await expect(store.putTag('order', { stepIds: 6 })).rejects.toMatchObject({ code: 'STORE_NOT_INITIALISED' });
    await setResidue(0, 2, 0);
    await waitUntil('the first to be used again', () => store.health().primaries![0]!.failure === null);
    const starts = [await store.take('order', 5), await store.take('order', 5)].map(range => range.start % 2n);
    expect(starts.toSorted()).toEqual([0n, 1n]);
  });
});

describe('a primary that is away at the start', () => {
  it('is left out; tags cannot be changed meanwhile, and IDs flow', async () => {
    const [a] = await two();
    const away = new MysqlPrimary({ url: 'mysql://root@127.0.0.1:1/nowhere', system: realSystem });
    const here = new MysqlPrimary({ url: a!.url, system: realSystem });
    const store = rig.adopt(new PrimariesRangeStore([away, here], realSystem));
    await a!.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 1, 5)");
    await store.open();
    for (let i = 0; i < 3; i++) expect(await store.take('order', 5)).toMatchObject({ start: 2n + 10n * BigInt(i) });
    expect(await store.listTags()).toHaveLength(1);
    const refused = store.putTag('order', { stepIds: 6 });
    await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', details: { store: away.name } });
  });

  it('is an outage when it is so of all', async () => {
    const away = (n: number) => new MysqlPrimary({ url: `mysql://root@127.0.0.1:1/nowhere-${n}`, system: realSystem });
    const store = rig.adopt(new PrimariesRangeStore([away(1), away(2)], realSystem));
    await store.open();
    for (const call of [store.take('order', 5), store.listTags(), store.getTag('order'), store.retireTag('order')]) {
      await expect(call).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    }
  });
});

describe('a database that is no primary', () => {
  it('is used by one who may read nothing but leaf_alloc', async () => {
    const [own] = await rig.make([server], false);
    const user = `u_${own!.name.slice(-12)}`;
    await own!.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'secret'`);
    await own!.query(`GRANT SELECT, INSERT, UPDATE ON ${own!.name}.leaf_alloc TO '${user}'@'%'`);
    const url = Object.assign(new URL(own!.url), { username: user, password: 'secret' }).href;
    const store = rig.adopt(new MysqlRangeStore({ url, system: realSystem }));
    await store.open();
    await store.putTag('order', { stepIds: 5 });
    expect(await store.take('order', 5)).toEqual({ start: 1n, end: 6n });
    await own!.query(`DROP USER '${user}'@'%'`);
  });
});

describe('a primary that went back to an older state', () => {
  it('is left out with all its tags and its rows untouched, until it was lifted', async () => {
    await two();
    const system = new VirtualSystem();
    const store = await rig.opened({ ...realSystem, logger: system.logger });
    await store.putTag('order', { stepIds: 5 });
    await store.putTag('invoice', { stepIds: 5 });
    for (let i = 0; i < 4; i++) await store.take('order', 5);
    expect(await rig.maxIds('order')).toEqual([31n, 41n]);
    await rig.databases[0]!.query("UPDATE leaf_alloc SET max_id = 11 WHERE biz_tag = 'order'");
    for (let i = 0; i < 3; i++) expect((await store.take('order', 5)).start % 2n).toBe(1n);
    expect((await rig.maxIds('order'))[0]).toBe(11n);
    for (let i = 0; i < 3; i++) expect((await store.take('invoice', 5)).start % 2n).toBe(1n);
    expect(store.health().primaries![0]).toMatchObject({ failure: 'SEGMENT_REWOUND' });
    expect(system.logged('error')).toHaveLength(1);
    await store.putTag('order', { stepIds: 5, maxId: 100n });
    await waitUntil('the first to be used again', () => store.health().primaries![0]!.failure === null);
    const ranges = [await store.take('order', 5), await store.take('order', 5)];
    expect(ranges.map(range => range.start % 2n).toSorted()).toEqual([0n, 1n]);
    expect(ranges.every(range => range.start >= 100n)).toBe(true);
  });
});

describe('frond init of several primaries', () => {
  it('copies the tags, retired ones too, lifts every row to the highest, and says who has which', async () => {
    await rig.make([server, server], false);
    const [a, b] = rig.databases;
    await a!.query(
      "INSERT INTO leaf_alloc (biz_tag, max_id, step, description) VALUES ('order', 5000, 100, 'shop'), ('old', 70, 0, NULL)",
    );
    await b!.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 900, 30)");
    const lines = await rig.init();
    expect(lines.map(line => line.slice(line.indexOf(' gives')))).toEqual([
      ' gives the IDs of delta 2, remainder 0',
      ' gives the IDs of delta 2, remainder 1',
    ]);
    expect(await rig.init()).toEqual(lines);
    expect([await rig.maxIds('order'), await rig.maxIds('old')]).toEqual([
      [5000n, 5000n],
      [70n, 70n],
    ]);
    expect((await (await rig.opened()).take('order', 5)).start).toBe(5000n);
  });

  it('changes nothing that is there: another order, another number, one without a residue', async () => {
    await two();
    const [a, b] = rig.databases.map(database => database.url) as [string, string];
    await expect(rig.init([b, a])).rejects.toMatchObject({ code: 'STORE_NOT_INITIALISED' });
    await rig.make([server], false);
    await expect(rig.init()).rejects.toMatchObject({ code: 'STORE_NOT_INITIALISED' });
    await rig.databases[1]!.query('DELETE FROM frond_residue');
    const refused = rig.init([a, b]);
    await expect(refused).rejects.toMatchObject({ details: { reason: expect.stringMatching(/has no row, although/) } });
    expect(await rig.databases[0]!.query('SELECT delta, remainder FROM frond_residue')).toEqual([
      { delta: 2, remainder: 0 },
    ]);
  });
});
