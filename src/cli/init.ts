import type { Config } from '../config.ts';
import { FrondError } from '../errors.ts';
import { initSlotStore } from '../stores/slots/init.ts';
import { realSystem } from '../system/system.ts';

/**
 * Makes what the servers of this configuration need and never make themselves.
 * @param slotsLost the records of worker slots were lost or restored while instances may be alive
 * @returns a line for each store that was looked after
 * @throws FrondError INVALID_CONFIG when there is none; what the stores throw
 */
export async function initStores(config: Config, slotsLost: boolean): Promise<readonly string[]> {
  const lines: string[] = [];
  if (config.segmentStore.startsWith('mysql:')) {
    const { initMysql } = await import('../stores/ranges/init-mysql.ts');
    await initMysql(config.segmentStore);
    lines.push('leaf_alloc is there; add a tag with PUT /tags/:tag once a server runs');
  }
  const slots = await initSlotStore(config, slotsLost, realSystem);
  if (slots !== undefined) lines.push(slots);
  if (lines.length > 0) return lines;
  throw new FrondError('INVALID_CONFIG', {
    setting: '--segment-store, --worker-slots',
    problem: 'expected mysql://user:password@host:3306/database in one of them; embedded stores need no init',
  });
}
