import { afterEach, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { Leaf } from '../support/leaf.ts';
import { createMysqlDatabase, SERVER_SETUP_MS, sharedMysqlUrl } from '../support/mysql.ts';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';
import { newTreeName, sharedZookeeperUrl } from '../support/zookeeper.ts';

const PATHS = ['/api/segment/get/order', '/api/snowflake/get/any'];
/** What each instance must have given before the next step. */
const ENOUGH_IDS = 200;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Clients of Leaf's routes behind a balancer: each call goes to the next instance, and once more to another if it fails. */
class Clients {
  instances: readonly string[];
  readonly ids = new Map(PATHS.map(path => [path, [] as string[]]));
  /** IDs by instance and path. */
  readonly given = new Map<string, number>();
  readonly failures: string[] = [];
  retries = 0;
  readonly #loops: Promise<void>[];
  #running = true;

  constructor(instances: readonly string[]) {
    this.instances = instances;
    this.#loops = PATHS.flatMap(path => [this.#loop(path, 0), this.#loop(path, 1)]);
  }

  async serving(...instances: readonly string[]): Promise<void> {
    const before = new Map(this.given);
    this.instances = instances;
    const enough = (key: string) => (this.given.get(key) ?? 0) - (before.get(key) ?? 0) >= ENOUGH_IDS;
    await waitUntil('IDs of every instance', () => instances.every(each => PATHS.every(path => enough(each + path))));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
  }

  async #loop(path: string, first: number): Promise<void> {
    for (let turn = first; this.#running; turn++) {
      try {
        await this.#ask(turn, path);
      } catch {
        this.retries++;
        await this.#ask(turn + 1, path).catch(error => this.failures.push(`${path}: ${error}`));
      }
    }
  }

  async #ask(turn: number, path: string): Promise<void> {
    const instance = this.instances[turn % this.instances.length]!;
    const response = await fetch(instance + path);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    this.ids.get(path)!.push(text);
    this.given.set(instance + path, (this.given.get(instance + path) ?? 0) + 1);
  }
}

describe('moving from Leaf to Frond under load', () => {
  it('instance by instance gives no ID twice, and fails no request that one retry does not cover', {
    timeout: SERVER_SETUP_MS,
  }, async () => {
    const database = await createMysqlDatabase(await sharedMysqlUrl());
    cleanups.push(() => database.drop());
    await database.query(
      "INSERT INTO leaf_alloc (biz_tag, max_id, step, description) VALUES ('order', 5000001, 100, '')",
    );
    const zookeeperUrl = await sharedZookeeperUrl();
    const leafName = newTreeName();
    const leaves = [1, 2].map(() => new Leaf({ database, zookeeperUrl, leafName }));
    for (const leaf of leaves) {
      cleanups.push(() => leaf.stop());
      await leaf.start();
    }
    const [leafA, leafB] = leaves as [Leaf, Leaf];
    const clients = new Clients([leafA.url, leafB.url]);
    cleanups.push(() => clients.stop());
    await clients.serving(leafA.url, leafB.url);

    const slots = `${zookeeperUrl}/${newTreeName()}`;
    const env = { FROND_SEGMENT_STORE: database.url, FROND_WORKER_SLOTS: slots };
    const init = await runCli(['init', '--beside-leaf', leafName], env);
    expect(init.out).toMatch(/leaf_alloc was there[\s\S]*beside Leaf's/);
    const fronds = [1, 2].map(() => new Service({ env }));
    for (const frond of fronds) {
      cleanups.push(() => frond.remove());
      await (await frond.start()).ready();
    }
    const [frondA, frondB] = fronds as [Service, Service];

    await clients.serving(frondA.url, leafB.url);
    await leafA.stop();
    await clients.serving(frondA.url, frondB.url);
    // Without a word to the balancer: what is under way fails, and is asked for again.
    await clients.serving(frondA.url, leafB.url);
    await leafB.stop();
    await waitUntil('a retry', () => clients.retries > 0);
    await clients.serving(frondA.url, frondB.url);
    await clients.stop();

    expect(clients.failures).toEqual([]);
    for (const [path, ids] of clients.ids) {
      expect(new Set(ids).size, path).toBe(ids.length);
      expect(ids.length).toBeGreaterThan(6 * ENOUGH_IDS);
    }
    const frondWorkers = await Promise.all(
      fronds.map(async frond => {
        const { text } = await frond.get('/id/snowflake');
        return Number((BigInt(text) >> 12n) & 1023n);
      }),
    );
    for (const workerId of frondWorkers) expect(workerId).toBeGreaterThan(leafB.workerId);

    // Leaf has stopped: its worker IDs may be used, above all that it can have given.
    const listed = await runCli(['slots', 'show', String(leafB.workerId)], env);
    expect(listed.out).toContain(new URL(leafB.url).host);
    const refused = await runCli(['slots', 'release', String(leafB.workerId)], env);
    expect(refused.err).toContain('SLOT_IN_USE');
    const released = await runCli(['slots', 'release', String(leafB.workerId), '--force', '--json'], env);
    expect(JSON.parse(released.out)).toMatchObject({ workerId: leafB.workerId, state: 'released' });
  });
});
