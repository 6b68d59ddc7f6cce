import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SnowflakeAllocator } from '../../../src/allocators/snowflake/snowflake-allocator.ts';
import { LocalSlotStore } from '../../../src/stores/slots/local.ts';
import { realSystem as system } from '../../../src/system/system.ts';
import { waitUntil } from '../../support/wait-until.ts';

const lookaheadMs = 600;
const options = { renewIntervalMs: 200, lookaheadMs, startWaitMaxMs: 2000 };

describe('snowflake IDs when slots on the disk are deleted under live holders', () => {
  let home: string;
  let directory: string;
  let allocators: SnowflakeAllocator[];

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'frond-deleted-'));
    directory = join(home, 'slots');
    allocators = [];
  });

  afterEach(async () => {
    await Promise.all(allocators.map(each => each.stop()));
    rmSync(home, { recursive: true });
  });

  async function started(): Promise<SnowflakeAllocator> {
    const store = new LocalSlotStore({ directory, system, lookaheadMs });
    const allocator = new SnowflakeAllocator({ store, system, options });
    allocators.push(allocator);
    await allocator.start();
    return allocator;
  }

  /** All IDs that both give in 200 milliseconds, one at a time in turn. */
  function idsOfBoth(a: SnowflakeAllocator, b: SnowflakeAllocator): bigint[] {
    const ids: bigint[] = [];
    const endMs = performance.now() + 200;
    while (performance.now() < endMs) {
      for (const allocator of [a, b]) {
        const id = allocator.source().tryNext();
        if (id !== undefined) ids.push(id);
      }
    }
    return ids;
  }

  it.each([
    ['slots', 0],
    ['slots/0001', 1],
  ])('gives none twice after %s, of worker %s, was deleted and one more instance started', async (name, workerId) => {
    const holder = [await started(), await started()][workerId]!;
    expect(holder.workerId).toBe(workerId);
    rmSync(join(home, name), { recursive: true });
    const ids = idsOfBoth(holder, await started());
    expect(ids.length).toBeGreaterThan(100);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(['deleted', 'emptied'])('gives IDs again after the directory was %s, and lets others start', async how => {
    const holder = await started();
    const before = holder.source().tryNext()!;
    rmSync(directory, { recursive: true });
    if (how === 'emptied') mkdirSync(directory);
    await waitUntil('the loss to be noticed', () => holder.status().fences === 1);
    const after = await waitUntil('an ID', () => holder.source().tryNext());
    expect(after).toBeGreaterThan(before);
    expect(readdirSync(directory).sort()).toEqual(['0000', 'layout.json', 'used-0000']);
    expect((await started()).workerId).toBe(1);
  });
});
