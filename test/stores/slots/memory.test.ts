import { MemorySlots, type MemorySlotsOptions } from '../../../src/stores/slots/memory.ts';
import { slotStoreContract } from '../../contract/slot-store.ts';

const T0_MS = 1_790_000_000_000;

function memoryRig(name: string, options: MemorySlotsOptions) {
  slotStoreContract({
    name,
    seesLiveHolders: true,
    open: async () => {
      const slots = new MemorySlots(options);
      return { handle: () => slots.handle(), end: async () => {} };
    },
  });
}

memoryRig('memory, with sessions and a clock', { timeMs: () => T0_MS });
memoryRig('memory, with locks that prove death', { provesDeath: true });
