import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MysqlRangeStore } from '../../src/stores/ranges/mysql.ts';
import { SqliteRangeStore } from '../../src/stores/ranges/sqlite.ts';
import { ceilingsRoot } from '../../src/stores/ranges/zookeeper-ceilings.ts';
import { realSystem } from '../../src/system/system.ts';
import { runCli } from '../support/cli.ts';
import { createMysqlDatabase, SERVER_SETUP_MS, sharedMysqlUrl } from '../support/mysql.ts';
import { newSession, newTreeName, sharedZookeeperUrl } from '../support/zookeeper.ts';

const json = (text: string) => JSON.parse(text) as unknown;
const refusal = (text: RegExp, code = 1) => ({ code, out: '', err: expect.stringMatching(text) });

describe('frond tags, on a data directory', () => {
  let directory: string;
  let store: SqliteRangeStore;
  const tags = (...args: string[]) => runCli(['tags', ...args], { FROND_DATA_DIR: directory });

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'frond-cli-tags-'));
    store = new SqliteRangeStore({ path: join(directory, 'frond.db'), system: realSystem });
    await store.open();
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it('creates a tag that begins above the keys of an old scheme', async () => {
    const made = await tags('create', 'order', '--step', '1000', '--max-id', '500001', '--description', 'my orders');
    expect(made).toMatchObject({ code: 0, err: `store: sqlite:${directory}/frond.db\n` });
    expect(made.out).toMatch(
      /^tag +order\nstep +1000\nmaxId +500001\ndescription +my orders\nupdatedAt +20\d\d-.*Z\n$/,
    );
    expect(await store.take('order', 1000)).toEqual({ start: 500_001n, end: 501_001n });
  });

  it('lists and shows tags, for people and as JSON', async () => {
    await store.putTag('b', { stepIds: 5, description: 'of two\nlines' });
    await store.putTag('a', { stepIds: 10, maxId: 2n ** 63n - 1n });
    const list = (await tags('list')).out.trimEnd().split('\n');
    expect(list).toEqual([
      expect.stringMatching(/^tag +step +max-id +updated +description$/),
      expect.stringMatching(/^a +10 +9223372036854775807 +20\d\d-.*Z$/),
      expect.stringMatching(/^b +5 +1 +20\d\d-.*Z +of two lines$/),
    ]);
    expect(json((await tags('list', '--json')).out)).toMatchObject([{ tag: 'a', maxId: '9223372036854775807' }, {}]);
    expect(json((await tags('show', 'b', '--json')).out)).toEqual({
      tag: 'b',
      step: 5,
      maxId: '1',
      description: 'of two\nlines',
      updatedAt: expect.stringMatching(/^20\d\d-/),
    });
  });

  it('changes what is named, and retires', async () => {
    await store.putTag('order', { stepIds: 5, description: 'orders' });
    const set = await tags('set', 'order', '--max-id', '77', '--json');
    expect(json(set.out)).toMatchObject({ step: 5, maxId: '77', description: 'orders' });
    expect(json((await tags('set', 'order', '--no-description', '--json')).out)).toMatchObject({ description: null });
    expect(await tags('retire', 'order')).toMatchObject({ code: 0, out: expect.stringMatching(/^order is retired/) });
    expect(await tags('show', 'order')).toMatchObject(refusal(/UNKNOWN_TAG: .*"order".*frond tags create/));
    expect((await tags('create', 'order', '--step', '9', '--json')).out).toContain('"maxId": "77"');
  });

  it.each<[string[], RegExp, number?]>([
    [['create', 'order', '--step', '9'], /TAG_EXISTS: Tag "order" exists/, 1],
    [['create', 'new'], /--step is missing; expected an integer from 1 to 2147483647/],
    [['create', 'a b', '--step', '9'], /tag is "a b"; expected 1 to 128 characters/],
    [['set', 'order'], /the change is "empty"; expected --step, --description, --max-id/],
    [['set', 'order', '--step', '2147483648'], /--step is "2147483648"; expected an integer from 1/],
    [['set', 'order', '--step', '1e3'], /--step is "1e3"/],
    [['set', 'order', '--max-id', '9223372036854775808'], /--max-id is "9223372036854775808"; expected/],
    [['set', 'order', '--max-id', '5'], /TAG_WOULD_REWIND: maxId 5 .* below its current maxId 100/, 1],
    [['set', 'order', '--description', 'x'.repeat(257)], /--description is .*; expected text of at most 256/],
    [['set', 'nobody', '--step', '9'], /UNKNOWN_TAG/, 1],
    [['retire', 'nobody'], /UNKNOWN_TAG/, 1],
    [['list', '--data-dir', '/nowhere/at/all'], /\/nowhere\/at\/all\/frond.db does not exist/],
    [['list', '--segment-store', 'memory:'], /"memory:" keeps no tags/],
    [['list', '--segment-store', 'off'], /"off" keeps no tags/],
  ])('refuses %j on standard error', async (args, text, code = 2) => {
    await store.putTag('order', { stepIds: 5, maxId: 100n });
    expect(await tags(...args)).toMatchObject(refusal(text, code));
    expect((await store.listTags()).map(({ updatedAtMs: _, ...record }) => record)).toEqual([
      { tag: 'order', stepIds: 5, maxId: 100n, description: null },
    ]);
  });
});

describe('frond tags, on MySQL', () => {
  it('says which database it asks, without user and password, and once that it does not answer', async () => {
    const url = 'mysql://nobody:secret@127.0.0.1:1/none';
    const { code, out, err } = await runCli(['tags', 'list', '--segment-store', url]);
    const [store, failure] = ['store: mysql://127.0.0.1:1/none', 'frond: STORE_UNAVAILABLE: .*'];
    expect([code, out, err]).toEqual([3, '', expect.stringMatching(new RegExp(`^${store}\n${failure}\n$`))]);
  });

  it('names the command that is missing, then makes a tag that servers use', { timeout: SERVER_SETUP_MS }, async () => {
    const database = await createMysqlDatabase(await sharedMysqlUrl(), false);
    const env = { FROND_SEGMENT_STORE: database.url, FROND_STORE_TIMEOUT_MS: '5000' };
    const store = new MysqlRangeStore({ url: database.url, system: realSystem, timeoutMs: 5000 });
    try {
      expect(await runCli(['tags', 'list'], env)).toMatchObject(refusal(/STORE_NOT_INITIALISED.*frond init/));
      await runCli(['init'], env);
      const made = await runCli(['tags', 'create', 'order', '--step', '10', '--max-id', '71', '--json'], env);
      expect(json(made.out)).toMatchObject({ tag: 'order', step: 10, maxId: '71' });
      expect(await store.take('order', 10)).toEqual({ start: 71n, end: 81n });
    } finally {
      await store.close();
      await database.drop();
    }
  });
});

describe('frond tags, under a ceiling', () => {
  it('raises the ceiling with maxId, and asks for it only then', { timeout: SERVER_SETUP_MS }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'frond-cli-tags-'));
    const store = new SqliteRangeStore({ path: join(directory, 'frond.db'), system: realSystem });
    const tree = newTreeName();
    const ceiling = `${await sharedZookeeperUrl()}/${tree}`;
    const env = { FROND_DATA_DIR: directory, FROND_SEGMENT_CEILING: ceiling };
    const session = newSession(await sharedZookeeperUrl());
    try {
      await session.connect(10_000);
      await store.open();
      await store.putTag('order', { stepIds: 5 });
      expect(await runCli(['tags', 'set', 'order', '--max-id', '900'], env)).toMatchObject(refusal(/frond init/));
      expect(await runCli(['tags', 'set', 'order', '--step', '7'], env)).toMatchObject({ code: 0 });
      await runCli(['init', '--segment-ceiling', ceiling]);
      expect(await runCli(['tags', 'set', 'order', '--max-id', '1000'], env)).toMatchObject({ code: 0 });
      const { data } = await session.getData(`${ceilingsRoot(tree)}/order`);
      expect(json(`${data}`)).toEqual({ ceiling: '1000' });
    } finally {
      await session.close();
      await store.close();
      rmSync(directory, { recursive: true });
    }
  });
});
