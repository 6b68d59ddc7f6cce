import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import type { TakenRange } from '../../src/stores/range-store.ts';
import { MysqlRangeStore } from '../../src/stores/ranges/mysql.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { createMysqlDatabase, type MysqlDatabase, SERVER_SETUP_MS, startOwnMysql } from './mysql.ts';
import type { MysqlServer } from './servers/local-server.ts';
import { TcpProxy } from './tcp-proxy.ts';

export const POOL_SIZE = 3;
/** For `vi.waitFor` and `vi.waitUntil`. */
export const PATIENCE = { timeout: 20_000, interval: 5 };

export interface RigStoreOptions {
  readonly timeoutMs?: number;
  /** Connects through this proxy in front of the server. */
  readonly via?: TcpProxy;
  readonly system?: System;
}

/**
 * A server to torment for one test file; a new database and a new proxy for each test. After each test all its stores
 * are closed, and neither they nor the server may have a connection left.
 */
export class MysqlRig {
  server!: MysqlServer;
  database!: MysqlDatabase;
  proxy!: TcpProxy;
  readonly #stores: MysqlRangeStore[] = [];

  /** Registers the hooks of Vitest; call it at the top of the file. */
  constructor() {
    beforeAll(async () => {
      this.server = await startOwnMysql();
    }, SERVER_SETUP_MS);
    afterAll(() => this.server?.stop());
    beforeEach(async () => {
      this.database = await createMysqlDatabase(this.server.url);
      this.proxy = new TcpProxy(this.server);
      await this.proxy.start();
    });
    afterEach(() => this.#tidy());
  }

  newStore({ timeoutMs = 1000, via, system = realSystem }: RigStoreOptions = {}): MysqlRangeStore {
    const url = new URL(this.database.url);
    if (via) url.port = String(via.port);
    return this.adopt(new MysqlRangeStore({ url: url.href, system, timeoutMs, poolSize: POOL_SIZE }));
  }

  /** A store with the tag `order` of step 10. */
  async newStoreWithTag(options: RigStoreOptions = {}): Promise<MysqlRangeStore> {
    const store = this.newStore(options);
    await store.putTag('order', { stepIds: 10 });
    return store;
  }

  /** Has a store closed and checked with the others. */
  adopt(store: MysqlRangeStore): MysqlRangeStore {
    this.#stores.push(store);
    return store;
  }

  /** The server's connections in the test's database, without the asking one. */
  async connectionIds(): Promise<number[]> {
    const sql = 'SHOW FULL PROCESSLIST';
    const rows = await this.database.query<{ Id: number | string; db: string | null; Info: string | null }>(sql);
    return rows.filter(row => row.db === this.database.name && row.Info !== sql).map(row => Number(row.Id));
  }

  async #tidy(): Promise<void> {
    // A test that failed may have left the server frozen.
    await this.server.resume();
    await Promise.all(this.#stores.map(store => store.close()));
    expect(this.#stores.map(store => store.socketCount)).toEqual(this.#stores.map(() => 0));
    this.#stores.length = 0;
    await this.proxy.stop();
    await vi.waitUntil(async () => (await this.connectionIds()).length === 0, PATIENCE);
    await this.database.drop();
  }
}

/** The shape of a STORE_UNAVAILABLE for `toMatchObject`. */
export const unavailable = (reason: RegExp) => ({
  code: 'STORE_UNAVAILABLE',
  details: { reason: expect.stringMatching(reason) },
});

/** Resolves with the range of the first take of `order` that succeeds. */
export function untilTaken(store: MysqlRangeStore): Promise<TakenRange> {
  return vi.waitFor(() => store.take('order', 10), PATIENCE);
}
