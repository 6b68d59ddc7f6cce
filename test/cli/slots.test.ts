import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LocalSlotStore } from '../../src/stores/slots/local.ts';
import { realSystem } from '../../src/system/system.ts';
import { runCli } from '../support/cli.ts';
import { dataOf, LAYOUT } from '../support/local-slots.ts';
import { createMysqlDatabase, type MysqlDatabase, SERVER_SETUP_MS, sharedMysqlUrl } from '../support/mysql.ts';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

let serverUrl: string;
let database: MysqlDatabase;
beforeAll(async () => {
  serverUrl = await sharedMysqlUrl();
}, SERVER_SETUP_MS);
beforeEach(async () => {
  database = await createMysqlDatabase(serverUrl, false);
});
afterEach(() => database.drop());

const json = (text: string) => JSON.parse(text) as unknown;

describe('frond init', () => {
  it('makes the tables of worker slots for the configured layout, and keeps them the next time', async () => {
    const args = ['init', '--worker-slots', database.url];
    expect(await runCli(args)).toMatchObject({ code: 0, out: 'frond_slot is made; servers may claim worker IDs\n' });
    expect(await runCli(args)).toMatchObject({ code: 0, out: 'frond_slot was there; servers may claim worker IDs\n' });
    const other = await runCli([...args, '--worker-bits', '8']);
    expect([other.code, other.err]).toEqual([1, expect.stringMatching(/LAYOUT_MISMATCH: workerBits is 8.*with 10/)]);
  });

  it('makes both kinds of tables where both settings name a database', async () => {
    const answer = await runCli(['init'], { FROND_SEGMENT_STORE: database.url, FROND_WORKER_SLOTS: database.url });
    expect(answer.out).toMatch(/^leaf_alloc is made\nfrond_leftover is made\nadd a tag with .*\nfrond_slot is made/);
    const tables = await database.query('SHOW TABLES');
    expect(tables.flatMap(Object.values).sort()).toEqual([
      'frond_leftover',
      'frond_slot',
      'frond_slot_layout',
      'leaf_alloc',
    ]);
  });

  it('names the right that is missing, and what for', async () => {
    await runCli(['init', '--segment-store', database.url]);
    await database.query('DROP TABLE frond_leftover');
    const user = `u${database.name.slice(-20)}`;
    await database.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'secret'`);
    try {
      await database.query(`GRANT SELECT, INSERT, UPDATE ON ${database.name}.* TO '${user}'@'%'`);
      const url = Object.assign(new URL(database.url), { username: user, password: 'secret' }).href;
      const absent = await runCli(['init', '--segment-store', url]);
      expect([absent.code, absent.out]).toEqual([
        0,
        expect.stringMatching(/^leaf_alloc was there\nthis user lacks the right CREATE to make frond_leftover: unused/),
      ]);
      await runCli(['init', '--segment-store', database.url]);
      expect((await runCli(['init', '--segment-store', url])).out).toMatch(
        /^leaf_alloc was there\nfrond_leftover was there\nthis user lacks the right DELETE to use frond_leftover: unused/,
      );
    } finally {
      await database.query(`DROP USER '${user}'@'%'`);
    }
  });

  it('raises the floor above all that instances of lost slots may still use', async () => {
    await runCli(['init', '--worker-slots', database.url]);
    const floor = async () => {
      const [row] = await database.query<{ floor_ms: string; tree_id: string }>('SELECT * FROM frond_slot_layout');
      return row!;
    };
    const before = await floor();
    const answer = await runCli(['init', '--worker-slots', database.url, '--slots-lost', '--allowance-ms', '60000']);
    expect(answer.out).toBe(
      'frond_slot was there; snowflakes flow in 73000 ms, when no instance of before can be alive and use time (--allowance-ms)\n',
    );
    const after = await floor();
    expect(Number(after.floor_ms)).toBeGreaterThanOrEqual(Number(before.floor_ms) + 73_000);
    expect(after.tree_id).not.toBe(before.tree_id);
  });

  it('without a database to make tables in says so', async () => {
    const { code, err } = await runCli(['init']);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/INVALID_CONFIG: .*--worker-slots.*embedded stores need no/),
    ]);
  });
});

describe('frond slots, on MySQL', () => {
  const env = () => ({ FROND_WORKER_SLOTS: database.url, FROND_SKEW_LIMIT_MS: '1000' });

  it('names the command that is missing when nothing was made', async () => {
    const { code, err } = await runCli(['slots', 'list'], env());
    expect([code, err]).toEqual([1, expect.stringMatching(/STORE_NOT_INITIALISED.*frond init --worker-slots/)]);
  });

  it('lists, shows and releases the worker ID of a service that was killed', { timeout: 60_000 }, async () => {
    await runCli(['init'], env());
    const service = new Service({ env: { ...env(), FROND_SEGMENT_STORE: 'off', FROND_DATA_DIR: 'none' } });
    try {
      await service.start();
      await service.ready();
      const id = (await service.get('/id/snowflake')).text;
      const view = (json((await service.get('/workers')).text) as { workers: object[] }).workers;
      expect(view).toMatchObject([{ workerId: 0, state: 'held', free: false }]);
      await service.end('SIGKILL');

      const list = await runCli(['slots', 'list', '--json'], env());
      const owner = { pid: service.pid };
      expect(json(list.out)).toMatchObject([{ workerId: 0, state: 'held', free: false, owner }]);
      const { host, pathname } = new URL(database.url);
      expect(list.err).toBe(`store: mysql://${host}${pathname}\n`);
      const text = (await runCli(['slots', 'list'], env())).out.split('\n');
      expect(text[0]).toMatch(/^worker +state +free +renewals +bound +owner +why$/);
      expect(text[1]).toMatch(/^0 +held +no +\d+ +20\d\d-.*Z +.*\(pid \d+\) +its holder may give IDs.*; free at 20/);

      const refused = await runCli(['slots', 'release', '0'], env());
      expect([refused.code, refused.err]).toEqual([
        1,
        expect.stringMatching(/SLOT_IN_USE: .*\d+ ms from now.*--force.*dead/),
      ]);
      const released = await runCli(['slots', 'release', '0', '--force'], env());
      expect([released.code, released.out]).toEqual([0, expect.stringMatching(/^state +released$/m)]);
      await waitUntil('the slot to be free', async () => {
        const shown = await runCli(['slots', 'show', '0', '--json'], env());
        return (json(shown.out) as { free: boolean }).free;
      });
      await service.start();
      await service.ready();
      const next = (await service.get('/id/snowflake')).text;
      expect(BigInt(next)).toBeGreaterThan(BigInt(id));
      expect(json((await service.get(`/decode/${next}`)).text)).toMatchObject({ workerId: 0 });
    } finally {
      await service.remove();
    }
  });

  it('says what is wrong with a worker ID', async () => {
    await runCli(['init'], env());
    const unknown = await runCli(['slots', 'show', '7'], env());
    expect([unknown.code, unknown.err]).toEqual([
      1,
      expect.stringMatching(/UNKNOWN_WORKER: Worker ID 7 has no record/),
    ]);
    const bad = await runCli(['slots', 'release', 'x7'], env());
    expect([bad.code, bad.err]).toEqual([
      2,
      expect.stringMatching(/INVALID_ARGUMENT: ID is "x7"; expected an integer/),
    ]);
  });

  it('stops a service that finds no tables, with the command that makes them', { timeout: 60_000 }, async () => {
    const service = new Service({ env: { ...env(), FROND_SEGMENT_STORE: 'off', FROND_DATA_DIR: 'none' } });
    await service.start().catch(() => {});
    await waitUntil('the end of the process', () => service.exitCode !== null);
    expect(service.errors.join('\n')).toMatch(/STORE_NOT_INITIALISED.*frond init --worker-slots/);
    await service.remove();
  });
});

describe('frond slots, on a data directory', () => {
  const directory = mkdtempSync(join(tmpdir(), 'frond-cli-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('tells living holders from dead ones, and releases only the dead', async () => {
    const slots = join(directory, 'slots');
    const alive = new LocalSlotStore({ directory: slots, system: realSystem });
    const dead = new LocalSlotStore({ directory: slots, system: realSystem });
    for (const store of [alive, dead]) {
      await store.open(LAYOUT);
      // Claimed an hour ago: its bound has passed.
      const pastMs = Date.now() - 3_600_000;
      await store.create({ ...dataOf('t'), hwmMs: pastMs, boundMs: pastMs }, 1023);
    }
    await dead.close();
    const flags = ['--data-dir', directory];
    const list = await runCli(['slots', 'list', '--json', ...flags]);
    expect(json(list.out)).toMatchObject([
      { workerId: 0, free: false, why: 'its holder lives', freeAt: null },
      { workerId: 1, free: true, why: 'its holder has ended' },
    ]);
    const refused = await runCli(['slots', 'release', '0', '--force', ...flags]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/SLOT_IN_USE: .*its holder lives/)]);
    expect((await runCli(['slots', 'release', '1', ...flags])).out).toMatch(/^state +released$/m);
    expect((await alive.read(0))?.data.state).toBe('held');
    await alive.close();
  });

  it.each([
    [['--data-dir', join(directory, 'missing')], /the directory .*missing.slots does not exist/],
    [['--worker-slots', 'off'], /"off" keeps no records to look at/],
    [['--worker-slots', 'memory:'], /"memory:" keeps no records/],
  ])('refuses %j', async (flags, text) => {
    const { code, err } = await runCli(['slots', 'list', ...flags]);
    expect([code, err]).toEqual([2, expect.stringMatching(text)]);
  });
});
