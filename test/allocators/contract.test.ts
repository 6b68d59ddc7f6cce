import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Allocator, IdRange } from '../../src/allocators/allocator.ts';
import { idsOf } from '../../src/allocators/id-ranges.ts';
import { SegmentAllocator } from '../../src/allocators/segment/segment-allocator.ts';
import { SnowflakeAllocator } from '../../src/allocators/snowflake/snowflake-allocator.ts';
import { UuidAllocator } from '../../src/allocators/uuid/uuid-allocator.ts';
import { SqliteRangeStore } from '../../src/stores/ranges/sqlite.ts';
import { LocalSlotStore } from '../../src/stores/slots/local.ts';
import { MemorySlots } from '../../src/stores/slots/memory.ts';
import { realSystem } from '../../src/system/system.ts';
import { type AllocatorWorld, allocatorContract } from '../contract/allocator.ts';
import { SEGMENT_OPTIONS } from '../support/segment-rig.ts';

/** An allocator over what it finds in a directory of its own. */
function inDirectory(make: (directory: string) => Allocator) {
  return async (): Promise<AllocatorWorld<bigint, readonly IdRange[]>> => {
    const directory = mkdtempSync(join(tmpdir(), 'frond-allocator-'));
    return { allocator: make(directory), end: async () => rmSync(directory, { recursive: true }) };
  };
}

allocatorContract({
  name: 'segment, over SQLite',
  tag: 'order',
  ordered: true,
  hasLife: true,
  idsOf: batch => [...idsOf(batch)],
  open: inDirectory(directory => {
    const seedTags = [{ tag: 'order', stepIds: 10, description: null }];
    const store = new SqliteRangeStore({ path: join(directory, 'frond.db'), system: realSystem, seedTags });
    return new SegmentAllocator({ store, system: realSystem, options: SEGMENT_OPTIONS });
  }),
});

allocatorContract({
  name: 'snowflake, over the local slot store',
  ordered: true,
  hasLife: true,
  idsOf: batch => [...idsOf(batch)],
  open: inDirectory(directory => {
    const store = new LocalSlotStore({ directory, system: realSystem });
    return new SnowflakeAllocator({ store, system: realSystem });
  }),
});

allocatorContract({
  name: 'snowflake, over slots in memory',
  ordered: true,
  hasLife: true,
  idsOf: batch => [...idsOf(batch)],
  open: async () => ({
    allocator: new SnowflakeAllocator({ store: new MemorySlots().handle(), system: realSystem }),
    end: async () => {},
  }),
});

allocatorContract({
  name: 'uuid v7',
  ordered: true,
  hasLife: false,
  idsOf: batch => batch,
  open: async () => ({ allocator: new UuidAllocator(realSystem), end: async () => {} }),
});

allocatorContract({
  name: 'uuid v4',
  tag: 'v4',
  ordered: false,
  hasLife: false,
  idsOf: batch => batch,
  open: async () => ({ allocator: new UuidAllocator(realSystem), end: async () => {} }),
});
