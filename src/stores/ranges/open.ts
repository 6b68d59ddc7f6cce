import { join } from 'node:path';
import type { Config } from '../../config.ts';
import type { System } from '../../system/system.ts';
import type { RangeStore } from '../range-store.ts';

/** The file name of the embedded store in the data directory. */
export const EMBEDDED_FILE = 'frond.db';

/** The tag that a new embedded store begins with, so that the first request of a newcomer has an answer. */
const DEMO_TAG = { tag: 'demo', stepIds: 1000, description: 'A first tag to try; retire it with DELETE /tags/demo' };

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
    return new MysqlRangeStore({ url: spec, system, timeoutMs: config.storeTimeoutMs, poolSize: config.storePoolSize });
  }
  const { SqliteRangeStore } = await import('./sqlite.ts');
  const path = spec.slice('sqlite:'.length) || join(config.dataDir, EMBEDDED_FILE);
  return new SqliteRangeStore({ path, system, seedTags: [DEMO_TAG] });
}
