import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import type { System } from '../../system/system.ts';
import type { SlotProof } from '../slot-proof.ts';
import type { SlotStore } from '../slot-store.ts';
import { staticWorkerId } from './static-number.ts';

/** The directory of the worker slots in the data directory. */
const SLOTS_DIRECTORY = 'slots';

/** Where `local:`, `static:` and `statefulset:` keep their records; undefined where nothing is kept on this host. */
export function slotsDirectoryOf({ workerSlots, dataDir }: Config): string | undefined {
  if (workerSlots.startsWith('local:')) return workerSlots.slice('local:'.length) || join(dataDir, SLOTS_DIRECTORY);
  return isStatic(workerSlots) && dataDir !== 'none' ? join(dataDir, SLOTS_DIRECTORY) : undefined;
}

/** Beside worker slots in a database or ZooKeeper: what this host keeps of its own; a place for each such store. */
const PROOFS_DIRECTORY = 'slot-proofs';

/**
 * What this host keeps beside the slot store, not yet open; undefined without a data directory, and where the store
 * itself proves the death of a holder.
 */
export async function openSlotProof({ dataDir }: Config, store: SlotStore): Promise<SlotProof | undefined> {
  if (dataDir === 'none' || store.provesDeath) return undefined;
  const { FileSlotProof } = await import('../proofs/file.ts');
  const place = createHash('sha256').update(store.name).digest('hex').slice(0, 16);
  return new FileSlotProof({ directory: join(dataDir, PROOFS_DIRECTORY, place) });
}

/**
 * The slot store that `config.workerSlots` names, not yet open; undefined when it is off. A driver is loaded only when
 * it is used.
 * @throws FrondError INVALID_CONFIG for an address that cannot be read or a number that is out of range
 */
export async function openSlotStore(config: Config, system: System): Promise<SlotStore | undefined> {
  const spec = config.workerSlots;
  if (spec === 'off') return undefined;
  if (spec === 'memory:') {
    const { MemorySlots } = await import('./memory.ts');
    return new MemorySlots({ provesDeath: true }).handle();
  }
  if (spec.startsWith('mysql:')) {
    const { MysqlSlotStore } = await import('./mysql.ts');
    return new MysqlSlotStore({ url: spec, system, timeoutMs: slotTimeoutMs(config) });
  }
  if (spec.startsWith('zookeeper:')) {
    const { openZookeeperSlots } = await import('./open-zookeeper.ts');
    return openZookeeperSlots(spec, slotTimeoutMs(config), system);
  }
  return openOnHost(config, system);
}

/** A call that outlasts half the lookahead is given up by its caller: the store may as well end it. */
function slotTimeoutMs({ storeTimeoutMs, lookaheadMs }: Config): number {
  return Math.min(storeTimeoutMs, Math.floor(lookaheadMs / 2));
}

function isStatic(spec: string): boolean {
  return spec.startsWith('static:') || spec.startsWith('statefulset:');
}

async function openOnHost(config: Config, system: System): Promise<SlotStore> {
  const { workerSlots, workerBits, lookaheadMs } = config;
  const directory = slotsDirectoryOf(config);
  const workerId = isStatic(workerSlots) ? staticWorkerId(workerSlots, 2 ** workerBits - 1) : undefined;
  if (directory === undefined) {
    const { StatelessSlotStore } = await import('./stateless.ts');
    return new StatelessSlotStore({ workerId: workerId!, system, lookaheadMs });
  }
  const { LocalSlotStore } = await import('./local.ts');
  const slots = new LocalSlotStore({ directory, system, lookaheadMs });
  if (workerId === undefined) return slots;
  const { StaticSlotStore } = await import('./static.ts');
  return new StaticSlotStore({ workerId, slots, system, lookaheadMs });
}
