import { describe, expect, it } from 'vitest';
import { MemoryRangeStore, type MemoryTable } from '../../../src/stores/ranges/memory.ts';
import { rangeStoreContract } from '../../contract/range-store.ts';

rangeStoreContract({
  name: 'memory',
  open: async () => {
    const table: MemoryTable = new Map();
    return { handle: () => new MemoryRangeStore({ table }), end: async () => {} };
  },
});

describe('MemoryRangeStore', () => {
  it('begins with the seed tags, but leaves rows that are there alone', async () => {
    const table: MemoryTable = new Map();
    const seedTags = [{ tag: 'demo', stepIds: 100, description: 'a trial' }];
    const first = new MemoryRangeStore({ seedTags, table });
    expect(await first.listTags()).toEqual([
      { tag: 'demo', maxId: 1n, stepIds: 100, description: 'a trial', updatedAtMs: null },
    ]);
    await first.take('demo', 100);
    expect(await new MemoryRangeStore({ seedTags, table }).take('demo', 1)).toEqual({ start: 101n, end: 102n });
  });
});
