import { afterEach, expect } from 'vitest';
import type { TakenRange } from '../../src/stores/range-store.ts';
import { initMysql } from '../../src/stores/ranges/init-mysql.ts';
import { initPrimaries } from '../../src/stores/ranges/init-primaries.ts';
import { MysqlPrimary } from '../../src/stores/ranges/mysql-primary.ts';
import { PrimariesRangeStore } from '../../src/stores/ranges/primaries.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { createMysqlDatabase, type MysqlDatabase } from './mysql.ts';

/** Databases that are primaries of one set, and the stores over them; all is closed and dropped after each test. */
export class PrimariesRig {
  databases: MysqlDatabase[] = [];
  readonly #stores: { close(): Promise<void> }[] = [];
  readonly #primaries: MysqlPrimary[] = [];

  /** Registers the hooks of Vitest; call it at the top of the file. */
  constructor() {
    afterEach(async () => {
      await Promise.all(this.#stores.splice(0).map(store => store.close()));
      expect(this.#primaries.map(each => each.socketCount)).toEqual(this.#primaries.map(() => 0));
      this.#primaries.length = 0;
      await Promise.all(this.databases.splice(0).map(database => database.drop()));
    });
  }

  /** Makes a database in each of the servers. @param init also makes them the primaries of one set */
  async make(serverUrls: readonly string[], init = true): Promise<readonly MysqlDatabase[]> {
    for (const url of serverUrls) this.databases.push(await createMysqlDatabase(url));
    if (init) await this.init();
    return this.databases;
  }

  /** What `frond init` does. */
  async init(urls = this.databases.map(database => database.url)): Promise<readonly string[]> {
    for (const url of urls) await initMysql(url);
    return initPrimaries(urls);
  }

  /** What one process has: a store over all, not open. */
  store(system: System = realSystem, timeoutMs = 2000): PrimariesRangeStore {
    const primaries = this.databases.map(({ url }) => new MysqlPrimary({ url, system, timeoutMs }));
    this.#primaries.push(...primaries);
    return this.adopt(new PrimariesRangeStore(primaries, system));
  }

  async opened(system?: System, timeoutMs?: number): Promise<PrimariesRangeStore> {
    const store = this.store(system, timeoutMs);
    await store.open();
    return store;
  }

  adopt<T extends { close(): Promise<void> }>(store: T): T {
    this.#stores.push(store);
    return store;
  }

  async maxIds(tag: string): Promise<(bigint | undefined)[]> {
    const sql = 'SELECT max_id FROM leaf_alloc WHERE biz_tag = ?';
    const rows = await Promise.all(this.databases.map(each => each.query<{ max_id: string }>(sql, [tag])));
    return rows.map(([row]) => (row === undefined ? undefined : BigInt(row.max_id)));
  }
}

/** Every ID of a range. */
export function idsOfRange({ start, end, stride = 1n }: TakenRange): bigint[] {
  const ids: bigint[] = [];
  for (let id = start; id < end; id += stride) ids.push(id);
  return ids;
}
