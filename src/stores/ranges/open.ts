import { join } from 'node:path';
import type { Config } from '../../config.ts';
import type { System } from '../../system/system.ts';
import type { RangeStore } from '../range-store.ts';
import type { MysqlRangeStoreOptions } from './mysql.ts';
import { mysqlUrlsOf } from './mysql-urls.ts';

/** The file name of the embedded store in the data directory. */
export const EMBEDDED_FILE = 'frond.db';

/** The least that one of several primaries gets of a call's deadline. */
const SHARE_MIN_MS = 50;

/** The tag that a new embedded store begins with, so that the first request of a newcomer has an answer. */
const DEMO_TAG = { tag: 'demo', stepIds: 1000, description: 'A first tag to try; retire it with DELETE /tags/demo' };

/** The database file of an embedded store; undefined for another kind of store. */
export function sqlitePathOf({ segmentStore, dataDir }: Config): string | undefined {
  if (!segmentStore.startsWith('sqlite:')) return undefined;
  return segmentStore.slice('sqlite:'.length) || join(dataDir, EMBEDDED_FILE);
}

/**
 * The range store that `config.segmentStore` names, not yet open; undefined when it is off. A driver is loaded only
 * when it is used.
 * @throws FrondError INVALID_CONFIG for an address that cannot be read
 */
export async function openRangeStore(config: Config, system: System): Promise<RangeStore | undefined> {
  const spec = config.segmentStore;
  if (spec === 'off') return undefined;
  if (spec === 'memory:') {
    const { MemoryRangeStore } = await import('./memory.ts');
    return new MemoryRangeStore({ seedTags: [DEMO_TAG] });
  }
  if (spec.startsWith('mysql:')) {
    const { MysqlRangeStore } = await import('./mysql.ts');
    const { storeTimeoutMs: timeoutMs, storePoolSize: poolSize } = config;
    const { segmentDurability: durability, segmentSemiSync: semiSync } = config;
    const options = { system, timeoutMs, poolSize, durability, semiSync };
    const urls = mysqlUrlsOf(spec);
    return urls.length > 1 ? openPrimaries(urls, options) : new MysqlRangeStore({ ...options, url: spec });
  }
  const { SqliteRangeStore } = await import('./sqlite.ts');
  const path = sqlitePathOf(config)!;
  return new SqliteRangeStore({ path, system, seedTags: [DEMO_TAG] });
}

/** The deadline of a call is shared out, so that it holds although primaries are asked one after the other. */
async function openPrimaries(
  urls: readonly string[],
  options: Omit<MysqlRangeStoreOptions, 'url'> & { readonly timeoutMs: number },
): Promise<RangeStore> {
  const [{ PrimariesRangeStore }, { MysqlPrimary }] = await Promise.all([
    import('./primaries.ts'),
    import('./mysql-primary.ts'),
  ]);
  const timeoutMs = Math.max(SHARE_MIN_MS, Math.floor(options.timeoutMs / urls.length));
  const primaries = urls.map(url => new MysqlPrimary({ ...options, url, timeoutMs }));
  return new PrimariesRangeStore(primaries, options.system);
}
