import { describe, expect, it } from 'vitest';
import { UuidAllocator } from '../../src/allocators/uuid/uuid-allocator.ts';
import { type LazyTexts, lazyUuids } from '../../src/http/lazy-uuids.ts';
import { realSystem } from '../../src/system/system.ts';

describe('lazyUuids', () => {
  it('makes the UUIDs of a batch when they are read, and not before', async () => {
    const allocator = new UuidAllocator(realSystem);
    const batch = (await lazyUuids(allocator.source()).nextMany(1000)) as LazyTexts;
    expect(batch.count).toBe(1000);
    expect(allocator.v7.issued).toBe(0);
    const texts = [...batch];
    expect(new Set(texts).size).toBe(1000);
    expect(allocator.v7.issued).toBe(1000);
  });
});
