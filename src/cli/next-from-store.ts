import { idsOf } from '../allocators/id-ranges.ts';
import { type Config, flagNameOf } from '../config.ts';
import { buildFrond } from '../frond.ts';
import type { AskedIds, IdTexts } from './asked-ids.ts';
import { cliSystem } from './cli-system.ts';
import { requireRangeStore, requireSlotStore } from './existing-store.ts';

const PORTION_IDS = 10_000;

/**
 * The IDs straight from the configured store, as an instance takes them that starts, gives them and stops in order: a
 * segment costs one range, of which the rest goes back, or is left where another one took the next meanwhile; a
 * snowflake costs a worker ID for that time.
 * @param config with every other kind off
 * @throws FrondError as the sources do; INVALID_CONFIG where the embedded store does not exist
 */
export async function* idsFromStore(config: Config, asked: AskedIds): IdTexts {
  if (asked.kind === 'segment') requireRangeStore(config);
  if (asked.kind === 'snowflake') requireSlotStore(config);
  await using frond = await buildFrond({ ...config, system: cliSystem }, flagNameOf);
  await frond.start();
  const { segment, snowflake, uuid } = frond.allocators;
  for (let left = asked.count ?? 1; left > 0; left -= PORTION_IDS) {
    const count = Math.min(left, PORTION_IDS);
    if (asked.kind === 'uuid') yield await uuid.source(asked.uuidVersion).nextMany(count);
    else {
      const source = asked.kind === 'segment' ? segment!.source(asked.tag!) : snowflake!.source();
      yield [...idsOf(await source.nextMany(count))].map(String);
    }
  }
}
