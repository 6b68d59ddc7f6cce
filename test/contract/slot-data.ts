import type { Slot, SlotData, SlotLayout } from '../../src/stores/slot-store.ts';

export const LAYOUT: SlotLayout = { epochMs: 1288834974657, timeBits: 41, workerBits: 5, sequenceBits: 12 };
export const MAX_WORKER_ID = 31;
export const T0_MS = 1_790_000_000_000;

export function dataOf(token: string, change: Partial<SlotData> = {}): SlotData {
  return {
    token,
    incarnation: 1,
    renewal: 0,
    hwmMs: T0_MS,
    boundMs: T0_MS + 3_000,
    state: 'held',
    owner: { host: 'contract', port: null, pid: 42 },
    ...change,
  };
}

/** A slot that has to be there. */
export function claimed(slot: Slot | undefined): Slot {
  if (slot === undefined) throw new Error('expected a slot but the store gave none');
  return slot;
}
