import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { SnowflakeAllocator, type SnowflakeOptions } from '../../src/allocators/snowflake/snowflake-allocator.ts';
import type { SlotLayout } from '../../src/stores/slot-store.ts';
import { initMysqlSlots } from '../../src/stores/slots/init-mysql.ts';
import { MysqlSlotStore } from '../../src/stores/slots/mysql.ts';
import { realSystem } from '../../src/system/system.ts';
import { createMysqlDatabase, type MysqlDatabase, SERVER_SETUP_MS, sharedMysqlUrl } from './mysql.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { waitUntil } from './wait-until.ts';

export const LAYOUT: SlotLayout = { epochMs: 1_288_834_974_657, timeBits: 41, workerBits: 5, sequenceBits: 12 };

/** Short, so that outages outlast them soon; opTimeoutMs is as short as the relations want. */
const OPTIONS: SnowflakeOptions = {
  ...LAYOUT,
  renewIntervalMs: 100,
  lookaheadMs: 600,
  startWaitMaxMs: 2000,
  forwardLimitMs: 5000,
  opTimeoutMs: 300,
  allowanceMs: 1500,
};

export interface SlotRow {
  readonly worker_id: number;
  readonly version: string;
  readonly token: string;
  readonly bound_ms: string;
  readonly state: string;
}

/** A snowflake allocator over MySQL that mints all the time; its IDs in the order in which they were given. */
export class MintingInstance {
  readonly store: MysqlSlotStore;
  readonly allocator: SnowflakeAllocator;
  readonly ids: bigint[] = [];
  #minting: Promise<void>;
  #running = true;

  constructor(url: string, options: SnowflakeOptions) {
    this.store = new MysqlSlotStore({ url, system: realSystem, timeoutMs: 250 });
    this.allocator = new SnowflakeAllocator({ store: this.store, system: realSystem, options });
    this.#minting = this.#mint();
  }

  get lastMs(): number {
    return this.allocator.decode(this.ids.at(-1)!).timeMs;
  }

  async more(what: string): Promise<void> {
    const before = this.ids.length;
    await waitUntil(what, () => this.ids.length >= before + 20);
  }

  async end(): Promise<void> {
    this.#running = false;
    await this.#minting;
    await this.allocator.stop();
    expect(this.store.socketCount).toBe(0);
  }

  async #mint(): Promise<void> {
    while (this.#running) {
      const id = this.allocator.source().tryNext();
      if (id !== undefined) this.ids.push(id);
      await delay(1);
    }
  }
}

/** A database of its own with the tables of worker slots, and a proxy, for each test. Checks all IDs at the end. */
export class SlotRig {
  database!: MysqlDatabase;
  proxy!: TcpProxy;
  readonly #instances: MintingInstance[] = [];

  /** Registers the hooks of Vitest; call it at the top of the file. */
  constructor() {
    let serverUrl: string;
    beforeAll(async () => {
      serverUrl = await sharedMysqlUrl();
    }, SERVER_SETUP_MS);
    beforeEach(async () => {
      this.database = await createMysqlDatabase(serverUrl, false);
      await initMysqlSlots(this.database.url, LAYOUT);
      const { hostname, port } = new URL(serverUrl);
      this.proxy = new TcpProxy({ host: hostname, port: Number(port || 3306) });
      await this.proxy.start();
    });
    afterEach(() => this.#tidy());
  }

  /** An instance that is not started yet, through the proxy unless `direct`. */
  instance(how: 'proxied' | 'direct', options: SnowflakeOptions = {}): MintingInstance {
    const url = new URL(this.database.url);
    if (how === 'proxied') Object.assign(url, { hostname: this.proxy.host, port: String(this.proxy.port) });
    const instance = new MintingInstance(url.href, { ...OPTIONS, ...options });
    this.#instances.push(instance);
    return instance;
  }

  rows(): Promise<SlotRow[]> {
    return this.database.query<SlotRow>('SELECT * FROM frond_slot ORDER BY worker_id');
  }

  /** A slot that somebody left; its bound, not the floor of new tables, is then what a successor has to mind. */
  async leave(workerId: number, state: 'held' | 'released', boundMs: number): Promise<void> {
    await this.database.query('UPDATE frond_slot_layout SET floor_ms = 0');
    await this.database.query(
      `INSERT INTO frond_slot VALUES (${workerId}, 7, 'left', 3, 9, ${boundMs - 1000}, ${boundMs}, '${state}', 'gone', NULL, 1)`,
    );
  }

  async #tidy(): Promise<void> {
    this.proxy.pass();
    await Promise.all(this.#instances.map(instance => instance.end()));
    const seen = new Set<bigint>();
    for (const { ids } of this.#instances) {
      expect(ids.filter((id, i) => i > 0 && id <= ids[i - 1]!)).toEqual([]);
      expect(ids.filter(id => seen.has(id))).toEqual([]);
      for (const id of ids) seen.add(id);
    }
    this.#instances.length = 0;
    await this.proxy.stop();
    await this.database.drop();
  }
}
