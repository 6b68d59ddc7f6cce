import { join } from 'node:path';
import type { Config } from '../../config.ts';
import type { System } from '../../system/system.ts';
import type { SlotStore } from '../slot-store.ts';

/** The directory of the worker slots in the data directory. */
const SLOTS_DIRECTORY = 'slots';

/**
 * The slot store that `config.workerSlots` names, not yet open; undefined when it is off. A driver is loaded only when
 * it is used. @throws FrondError INVALID_CONFIG for an address that cannot be read
 */
export async function openSlotStore(config: Config, system: System): Promise<SlotStore | undefined> {
  const spec = config.workerSlots;
  if (spec === 'off') return undefined;
  if (spec === 'memory:') {
    const { MemorySlots } = await import('./memory.ts');
    return new MemorySlots({ provesDeath: true }).handle();
  }
  if (spec.startsWith('zookeeper:')) {
    const { openZookeeperSlots } = await import('./open-zookeeper.ts');
    return openZookeeperSlots(spec, config.storeTimeoutMs, system);
  }
  const { LocalSlotStore } = await import('./local.ts');
  const directory = spec.slice('local:'.length) || join(config.dataDir, SLOTS_DIRECTORY);
  return new LocalSlotStore({ directory, system });
}
