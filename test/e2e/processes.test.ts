import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LAYOUT } from '../../src/allocators/snowflake/id-layout.ts';
import { initStores } from '../../src/cli/init.ts';
import { resolveConfig } from '../../src/config.ts';
import { runCli } from '../support/cli.ts';
import { Family, type ProcessView } from '../support/family.ts';
import { IdClients } from '../support/id-clients.ts';
import { LoyalClients } from '../support/loyal-clients.ts';
import { createMysqlDatabase, SERVER_SETUP_MS, sharedMysqlUrl } from '../support/mysql.ts';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createTree, sharedZookeeperUrl } from '../support/zookeeper.ts';

/** Three processes start slowly on a busy machine. */
const LIMIT_MS = 120_000;

/** The one refusal that a machine may cause which is too busy to renew the lead of the snowflakes. */
const BUSY = '503 LIMIT_REACHED';

const services: Service[] = [];
afterEach(() => Promise.all(services.splice(0).map(service => service.remove())));

async function startFamily(env: Record<string, string> = {}): Promise<Family> {
  const started = new Family(2, { env: { FROND_DRAIN_MS: '300', ...env } });
  await started.start();
  await started.allReady();
  return started;
}

/** One that ends with the test. */
async function family(env: Record<string, string> = {}): Promise<Family> {
  const started = await startFamily(env);
  services.push(started);
  return started;
}

/** Kills a process; the one that took its place. */
async function killed(service: Family, { index, pid }: ProcessView): Promise<ProcessView> {
  process.kill(pid!, 'SIGKILL');
  return waitUntil('another process', async () => {
    const view = (await service.allReady())[index]!;
    return view.pid !== pid && view;
  });
}

/** How many of the clients are with a process, by the worker ID in their latest IDs. */
function shareOf({ status }: ProcessView, clients: LoyalClients): number {
  const { workerId } = status!.snowflake;
  const workers = clients.ids.map(ids => Number((ids.at(-1)! >> 12n) & 1023n));
  return workers.filter(worker => worker === workerId).length / workers.length;
}

const hasEnded = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

/** Looks at the metrics again and again, on a new connection each time. */
class Scraper {
  readonly failures: string[] = [];
  /** Scrapes in which a counter was lower than in the one before. */
  falls = 0;
  scrapes = 0;
  readonly #done: Promise<void>;
  #running = true;

  constructor(service: Family) {
    this.#done = this.#loop(service);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #loop(service: Family): Promise<void> {
    let last = 0;
    while (this.#running) {
      try {
        const issued = (await service.samples('frond_snowflake_ids_issued_total')).get('')!;
        if (!(issued >= last)) this.falls += 1;
        last = issued;
      } catch (error) {
        this.failures.push(String(error));
      }
      this.scrapes += 1;
    }
  }
}

describe('several processes', { timeout: LIMIT_MS }, () => {
  let service: Family;
  beforeAll(async () => {
    service = await startFamily();
  });
  afterAll(() => service.remove());

  it('share one port, each with a worker ID of its own, and give no ID twice', async () => {
    const issued = async () => (await service.samples('frond_snowflake_ids_issued_total')).get('')!;
    const before = await issued();
    const clients = new LoyalClients(service.url, 12, true);
    await waitUntil('IDs', () => clients.ids.every(ids => ids.length > 100), 60_000);
    await clients.stop();
    const views = await service.allReady();
    expect(new Set(views.map(view => view.pid)).size).toBe(2);
    expect(views.map(view => view.status!.snowflake.workerId).sort()).toEqual([0, 1]);
    const all = clients.ids.flat();
    expect(new Set(all).size).toBe(all.length);
    expect(clients.failures).toEqual([]);
    // Summed over all; what has a meaning for one process only is told of each.
    await waitUntil('all to be counted', async () => (await issued()) - before === all.length);
    const workers = await service.samples('frond_snowflake_worker_id');
    expect([...workers.keys()].sort()).toEqual(['process="0"', 'process="1"']);
  });

  it('run with the flag that keeps the memory for young objects from shrinking', async () => {
    for (const { pid } of await service.allReady()) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')).toContain('--min-semi-space-size=16');
    }
  });

  it('take new connections and are scraped all the while when one hangs, and even their shares out afterwards', async () => {
    const [, hanging] = await service.allReady();
    const scraper = new Scraper(service);
    process.kill(hanging!.pid!, 'SIGSTOP');
    await waitUntil('the silence to show', async () => !(await service.isUp(1)));
    expect((await service.processes())[1]).toMatchObject({ pid: hanging!.pid, state: 'silent', status: null });
    // A parent that waited for the silent one would never be so fast.
    await waitUntil('a scrape within 100 ms', async () => {
      const startedMs = performance.now();
      await service.samples('frond_process_up');
      return performance.now() - startedMs < 100;
    });
    const clients = new LoyalClients(service.url, 40, true);
    await waitUntil('IDs', () => clients.ids.every(ids => ids.length > 10), 60_000);
    expect(shareOf(hanging!, clients)).toBe(0);
    process.kill(hanging!.pid!, 'SIGCONT');
    await waitUntil('it to be heard again', () => service.isUp(1));
    await waitUntil('even shares', () => Math.abs(shareOf(hanging!, clients) - 0.5) <= 0.2);
    await clients.stop();
    await scraper.stop();
    expect([clients.failures, scraper.failures, scraper.falls]).toEqual([[], [], 0]);
    expect((await service.processes())[1]!.pid).toBe(hanging!.pid);
  });

  it('go on when one is killed under load, and the dead one comes back with its worker ID', async () => {
    const clients = new IdClients(service, ['/id/snowflake', '/id/segment/demo']);
    const scraper = new Scraper(service);
    const [, before] = await service.allReady();
    await waitUntil('IDs', () => clients.of('/id/snowflake').ids.length > 100);
    const after = await killed(service, before!);
    const more = clients.of('/id/snowflake').ids.length + 200;
    await waitUntil('more IDs', () => clients.of('/id/snowflake').ids.length > more);
    await clients.stop();
    await scraper.stop();
    expect(after.status!.snowflake.workerId).toBe(before!.status!.snowflake.workerId);
    expect(after.status!.snowflake.claims['proof']).toBe(1);
    const restarts = await service.samples('frond_process_restarts_total');
    expect([...restarts.values()]).toEqual([0, 1]);
    for (const [, harvest] of clients.harvests) {
      expect(new Set(harvest.ids).size).toBe(harvest.ids.length);
      expect([...harvest.refusals.keys()].filter(kind => kind !== BUSY)).toEqual([]);
      // No more than the connections that the killed one had.
      expect(harvest.broken).toBeLessThanOrEqual(4);
    }
    expect(scraper.scrapes).toBeGreaterThan(3);
    expect(scraper.failures.length).toBeLessThanOrEqual(1);
    expect(scraper.falls).toBe(0);
  });
});

describe('a killed process with worker slots that are shared by hosts', () => {
  const slots = {
    async mysql() {
      const { url } = await createMysqlDatabase(await sharedMysqlUrl());
      await initStores(resolveConfig({ workerSlots: url, segmentStore: 'off' }), {});
      return url;
    },
    zookeeper: async () => createTree(await sharedZookeeperUrl(), DEFAULT_LAYOUT),
  };

  it.each(['mysql', 'zookeeper'] as const)(
    'comes back with its worker ID by its own record: %s',
    {
      timeout: SERVER_SETUP_MS,
    },
    async store => {
      const service = await family({ FROND_WORKER_SLOTS: await slots[store](), FROND_SEGMENT_STORE: 'off' });
      const clients = new LoyalClients(service.url, 4, true);
      const views = await service.allReady();
      await waitUntil('IDs', () => clients.ids.every(ids => ids.length > 20), 60_000);
      const after = await killed(service, views[0]!);
      expect(after.status!.snowflake.workerId).toBe(views[0]!.status!.snowflake.workerId);
      expect(after.status!.snowflake.claims['proof']).toBe(1);
      const more = clients.ids.flat().length + 100;
      await waitUntil('more IDs', () => clients.ids.flat().length > more);
      await clients.stop();
      const all = clients.ids.flat();
      expect(new Set(all).size).toBe(all.length);
    },
  );
});

describe('the end of several processes', { timeout: LIMIT_MS }, () => {
  it.each([
    ['SIGTERM to the parent lets every kept-alive connection finish', 'SIGTERM', 0],
    ['kill -9 of the parent leaves no orphan, and lets every kept-alive connection finish', 'SIGKILL', null],
  ] as const)('%s', async (_title, signal, exitCode) => {
    const service = await family();
    const pids = (await service.allReady()).map(view => view.pid!);
    const clients = new LoyalClients(service.url, 8, false);
    await waitUntil('IDs', () => clients.ids.every(ids => ids.length > 20), 60_000);
    expect(await service.end(signal)).toBe(exitCode);
    await clients.dismissed();
    expect([clients.failures, clients.dismissals]).toEqual([[], 8]);
    await waitUntil('the processes to end', () => pids.every(hasEnded));
    const next = new Service({ env: { FROND_PORT: new URL(service.url).port } });
    services.push(next);
    await next.start();
  });

  it('a second signal ends also one that hangs', async () => {
    const service = await family();
    const pids = (await service.allReady()).map(view => view.pid!);
    process.kill(pids[0]!, 'SIGSTOP');
    service.signal('SIGTERM');
    await waitUntil('the stop to begin', () => service.log.some(line => line.msg.startsWith('stopping;')));
    // The first ones may come so soon that they count as the same.
    await waitUntil('the end', () => {
      service.signal('SIGTERM');
      return service.exitCode !== null;
    });
    expect(service.exitCode).toBe(1);
    expect(service.log.some(line => line.msg.startsWith('second signal'))).toBe(true);
    await waitUntil('the processes to end', () => pids.every(hasEnded));
  });
});

describe('a start that no waiting mends', { timeout: LIMIT_MS }, () => {
  it('ends all processes with its reason', async () => {
    const service = new Service();
    services.push(service);
    await service.start();
    const { port } = new URL(service.url);
    const env = { FROND_PROCESSES: '2', FROND_PORT: port, FROND_DATA_DIR: `${service.directory}/other` };
    const { code, err } = await runCli(['serve'], env);
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`^frond: INVALID_CONFIG: FROND_PORT: 127.0.0.1:${port} is already in use`));
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('is one of several without a parent', async () => {
    const nothing = { FROND_DATA_DIR: 'none', FROND_SEGMENT_STORE: 'off', FROND_WORKER_SLOTS: 'off' };
    const { code, err } = await runCli(['serve', '--process', '1'], { FROND_PROCESSES: '2', ...nothing });
    expect([code, err]).toEqual([2, expect.stringContaining('INVALID_CONFIG: --process: only the parent')]);
  });
});
