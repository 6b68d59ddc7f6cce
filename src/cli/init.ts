import type { Config } from '../config.ts';
import { FrondError } from '../errors.ts';
import { type InitSlotOptions, initSlotStore } from '../stores/slots/init.ts';
import { realSystem } from '../system/system.ts';

/**
 * Makes what the servers of this configuration need and never make themselves.
 * @returns a line for each store that was looked after
 * @throws FrondError INVALID_CONFIG when there is none; what the stores throw
 */
export async function initStores(config: Config, options: InitSlotOptions): Promise<readonly string[]> {
  const lines: string[] = [];
  if (config.segmentStore.startsWith('mysql:')) {
    const { initMysql } = await import('../stores/ranges/init-mysql.ts');
    await initMysql(config.segmentStore);
    lines.push('leaf_alloc is there; add a tag with PUT /tags/:tag once a server runs');
  }
  const slots = await initSlotStore(config, options, realSystem);
  if (slots !== undefined) lines.push(slots);
  if (lines.length > 0) return lines;
  throw new FrondError('INVALID_CONFIG', {
    setting: '--segment-store, --worker-slots',
    problem:
      'expected mysql://user:password@host:3306/database in one of them, or zookeeper://host:2181/tree in the second; embedded stores need no init',
  });
}
