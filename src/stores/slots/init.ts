import type { Config } from '../../config.ts';
import { FrondError } from '../../errors.ts';
import { largestAllowanceMs } from '../../settings/allowance.ts';
import type { System } from '../../system/system.ts';
import type { SlotLayout } from '../slot-store.ts';

export interface InitSlotOptions {
  /** The records of worker slots were lost or restored while instances may be alive: start above all they may use. */
  readonly slotsLost?: boolean | undefined;
  /** The leaf.name of a stopped Leaf whose tree in ZooKeeper is to be followed: start above every time found there. */
  readonly importLeaf?: string | undefined;
  /** The leaf.name of a Leaf that runs on beside the new tree: its worker IDs are kept for it. */
  readonly besideLeaf?: string | undefined;
}

/**
 * Makes the slot store that `config.workerSlots` names, for the configured layout; one that is there keeps its layout
 * and its slots. What says where its worker IDs are, for people; undefined where a scheme needs no such step.
 * @throws FrondError INVALID_CONFIG, LAYOUT_MISMATCH, STORE_NOT_INITIALISED, SLOT_STORE_UNAVAILABLE
 */
export async function initSlotStore(
  config: Config,
  options: InitSlotOptions,
  system: System,
): Promise<string | undefined> {
  const { epochMs, timeBits, workerBits, sequenceBits, allowanceMs, lookaheadMs, skewLimitMs, workerSlots } = config;
  const layout: SlotLayout = { epochMs, timeBits, workerBits, sequenceBits };
  const lostMs = options.slotsLost ? largestAllowanceMs(allowanceMs) + lookaheadMs + skewLimitMs : undefined;
  if (workerSlots.startsWith('mysql:')) return initMysql(workerSlots, layout, lostMs, system);
  if (workerSlots.startsWith('zookeeper:')) return initZookeeper(workerSlots, layout, lostMs, options, system);
  return undefined;
}

async function initMysql(url: string, layout: SlotLayout, lostMs: number | undefined, system: System): Promise<string> {
  const { initMysqlSlots } = await import('./init-mysql.ts');
  const { created } = await initMysqlSlots(url, layout, system, lostMs === undefined ? {} : { lostMs });
  const made = created ? 'frond_slot is made' : 'frond_slot was there';
  return lostMs === undefined ? `${made}; servers may claim worker IDs` : `${made}; ${flowIn(lostMs)}`;
}

async function initZookeeper(
  url: string,
  layout: SlotLayout,
  lostMs: number | undefined,
  { importLeaf, besideLeaf }: InitSlotOptions,
  system: System,
): Promise<string> {
  const zookeeper = await import('./init-zookeeper.ts');
  const floorMs = lostMs === undefined ? undefined : system.clock.wallMs() + lostMs;
  const created = await zookeeper.initZookeeper(url, layout, system, { floorMs, importLeaf, besideLeaf });
  if (created && besideLeaf !== undefined) {
    return "the tree is made beside Leaf's; give Leaf no new addresses, and release its worker IDs when it has stopped";
  }
  if (created) {
    return lostMs === undefined
      ? 'the tree is made; servers may claim worker IDs'
      : `the tree is made; ${flowIn(lostMs)}`;
  }
  if (lostMs === undefined && importLeaf === undefined && besideLeaf === undefined)
    return 'the tree was there; servers may claim worker IDs';
  throw new FrondError('INVALID_CONFIG', {
    setting: '--worker-slots',
    problem: 'the tree is there already and keeps its floor; stop every instance and remove it, or name another tree',
  });
}

/** Why it takes so long, and what shortens it. */
function flowIn(lostMs: number): string {
  return `snowflakes flow in ${lostMs} ms, when no instance of before can be alive and use time (--allowance-ms)`;
}
