import type { Config } from '../../config.ts';
import type { System } from '../../system/system.ts';
import type { SlotLayout } from '../slot-store.ts';

/**
 * Makes the slot store that `config.workerSlots` names, for the configured layout; one that is there keeps its layout
 * and its slots. What says where its worker IDs are, for people; undefined where a scheme needs no such step.
 * @param lost raises the floor above all that living instances may still use
 * @throws FrondError INVALID_CONFIG, LAYOUT_MISMATCH, STORE_NOT_INITIALISED, SLOT_STORE_UNAVAILABLE
 */
export async function initSlotStore(config: Config, lost: boolean, system: System): Promise<string | undefined> {
  const { epochMs, timeBits, workerBits, sequenceBits, allowanceMs, lookaheadMs, skewLimitMs, workerSlots } = config;
  const layout: SlotLayout = { epochMs, timeBits, workerBits, sequenceBits };
  const lostMs = allowanceMs + lookaheadMs + skewLimitMs;
  if (workerSlots.startsWith('mysql:')) {
    const { initMysqlSlots } = await import('./init-mysql.ts');
    const { created } = await initMysqlSlots(workerSlots, layout, system, lost ? { lostMs } : {});
    const made = created ? 'frond_slot is made' : 'frond_slot was there';
    return lost ? `${made}; snowflakes flow in ${lostMs} ms` : `${made}; servers may claim worker IDs`;
  }
  return undefined;
}
