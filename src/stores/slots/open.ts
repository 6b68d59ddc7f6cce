import { join } from 'node:path';
import type { Config } from '../../config.ts';
import type { System } from '../../system/system.ts';
import type { SlotStore } from '../slot-store.ts';

/** The directory of the worker slots in the data directory. */
const SLOTS_DIRECTORY = 'slots';

/** The slot store that `config.workerSlots` names, not yet open; undefined when it is off. */
export async function openSlotStore(config: Config, system: System): Promise<SlotStore | undefined> {
  const spec = config.workerSlots;
  if (spec === 'off') return undefined;
  if (spec === 'memory:') {
    const { MemorySlots } = await import('./memory.ts');
    return new MemorySlots({ provesDeath: true }).handle();
  }
  const { LocalSlotStore } = await import('./local.ts');
  const directory = spec.slice('local:'.length) || join(config.dataDir, SLOTS_DIRECTORY);
  return new LocalSlotStore({ directory, system });
}
