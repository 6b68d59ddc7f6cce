import type { Config } from '../config.ts';
import { FrondError } from '../errors.ts';
import type { MysqlLeftoverInit } from '../stores/ranges/init-mysql.ts';
import { mysqlUrlsOf } from '../stores/ranges/mysql-urls.ts';
import { type InitSlotOptions, initSlotStore } from '../stores/slots/init.ts';
import { realSystem } from '../system/system.ts';

const WITHOUT_LEFTOVERS = 'unused ends of ranges go back at a stop only while they are the latest';

/**
 * Makes what the servers of this configuration need and never make themselves.
 * @returns a line for each store that was looked after
 * @throws FrondError INVALID_CONFIG when there is none; what the stores throw
 */
export async function initStores(config: Config, options: InitSlotOptions): Promise<readonly string[]> {
  const lines: string[] = [];
  if (config.segmentStore.startsWith('mysql:')) {
    lines.push(...(await initSegmentStore(config.segmentStore)));
  }
  if (config.segmentCeiling !== 'off') {
    const { initCeilings } = await import('../stores/ranges/init-ceilings.ts');
    const made = await initCeilings(config.segmentCeiling, realSystem);
    lines.push(`the place for the ceilings of segments ${made ? 'is made' : 'was there'}`);
  }
  const slots = await initSlotStore(config, options, realSystem);
  if (slots !== undefined) lines.push(slots);
  if (lines.length > 0) return lines;
  throw new FrondError('INVALID_CONFIG', {
    setting: '--segment-store, --segment-ceiling, --worker-slots',
    problem:
      'expected mysql://user:password@host:3306/database in the first or the last, or zookeeper://host:2181/tree in one of the last two; embedded stores need no init',
  });
}

async function initSegmentStore(spec: string): Promise<readonly string[]> {
  const { initMysql } = await import('../stores/ranges/init-mysql.ts');
  const urls = mysqlUrlsOf(spec);
  const lines: string[] = [];
  for (const url of urls) {
    const { store, created, leftovers } = await initMysql(url);
    const place = urls.length === 1 ? '' : ` in ${store}`;
    lines.push(`leaf_alloc ${created ? 'is made' : 'was there'}${place}`);
    if (leftovers.state !== 'absent') {
      lines.push(`frond_leftover ${leftovers.state === 'made' ? 'is made' : 'was there'}${place}`);
    }
    // Several databases leave nothing.
    if (leftovers.lacks.length > 0 && urls.length === 1) lines.push(lacking(leftovers));
  }
  lines.push('add a tag with frond tags create, or with PUT /tags/:tag once a server runs');
  if (urls.length === 1) return lines;
  const { initPrimaries } = await import('../stores/ranges/init-primaries.ts');
  return [...lines, ...(await initPrimaries(urls))];
}

function lacking({ state, lacks }: MysqlLeftoverInit): string {
  const what = state === 'absent' ? 'make frond_leftover' : 'use frond_leftover';
  return `this user lacks the right ${lacks.join(', ')} to ${what}: ${WITHOUT_LEFTOVERS}`;
}
