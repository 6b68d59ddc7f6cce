import { parse, validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { UuidAllocator } from '../../../src/allocators/uuid/uuid-allocator.ts';
import { advanceUuidTime } from '../../../src/allocators/uuid/uuid-timeline.ts';
import { realSystem } from '../../../src/system/system.ts';

const COUNT = 20_000;

function allocatorAt(wall: { ms: number }): UuidAllocator {
  return new UuidAllocator({ ...realSystem, clock: { wallMs: () => wall.ms, monotonicMs: () => 0 } });
}

describe('UUIDs', () => {
  it.each([
    ['v7', 7],
    ['v4', 4],
  ])('of %s are valid and distinct', (name, expected) => {
    const source = new UuidAllocator(realSystem).source(name);
    const ids = new Set<string>();
    for (let i = 0; i < COUNT; i++) ids.add(source.tryNext()!);
    expect(ids.size).toBe(COUNT);
    for (const id of ids) expect(validate(id) && version(id)).toBe(expected);
  });

  it('of version 7 increase strictly, within a millisecond and when the clock goes back', () => {
    const wall = { ms: 1_700_000_000_000 };
    const source = allocatorAt(wall).source();
    let previous = '';
    for (let i = 0; i < COUNT; i++) {
      if (i % 100 === 0) wall.ms += i % 300 === 0 ? -5000 : 1;
      const id = source.tryNext()!;
      expect(id > previous).toBe(true);
      previous = id;
    }
  });

  it('of version 7 carry the Unix milliseconds in their first 48 bits (RFC 9562 section 5.7)', () => {
    const wall = { ms: 0x017f22e279b0 };
    const bytes = parse(allocatorAt(wall).v7.tryNext());
    expect(Buffer.from(bytes.subarray(0, 6)).readUIntBE(0, 6)).toBe(wall.ms);
  });

  it('carry a full counter into the timestamp', () => {
    const full = { ms: 1000, sequence: 0xffff_ffff };
    expect(advanceUuidTime(full, 1000, 7)).toEqual({ ms: 1001, sequence: 7 });
    expect(advanceUuidTime({ ms: 1000, sequence: 5 }, 900, 7)).toEqual({ ms: 1000, sequence: 6 });
    expect(advanceUuidTime({ ms: 1000, sequence: 5 }, 1001, 7)).toEqual({ ms: 1001, sequence: 7 });
  });

  it('come in batches, whose size is checked', async () => {
    const source = new UuidAllocator(realSystem).source();
    expect(new Set(await source.nextMany(1000)).size).toBe(1000);
    for (const count of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
      await expect(source.nextMany(count)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });

  it('are counted by version', () => {
    const allocator = new UuidAllocator(realSystem);
    allocator.v4.tryNext();
    allocator.source().tryNext();
    allocator.source().tryNext();
    expect(allocator.status()).toEqual({ state: 'ready', issued: { v4: 1, v7: 2 } });
  });
});
