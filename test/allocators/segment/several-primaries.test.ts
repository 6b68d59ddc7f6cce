import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOf, idsOf } from '../../../src/allocators/id-ranges.ts';
import { SegmentAllocator } from '../../../src/allocators/segment/segment-allocator.ts';
import { PrimariesRangeStore } from '../../../src/stores/ranges/primaries.ts';
import { type MemoryDatabase, MemoryPrimary } from '../../support/memory-primary.ts';
import { SEGMENT_OPTIONS } from '../../support/segment-rig.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

function databasesOf(count: number, stepIds: number): MemoryDatabase[] {
  return Array.from({ length: count }, (_, remainder) => ({
    name: `database-${remainder}`,
    table: new Map([['order', { maxId: 1n, stepIds, description: null }]]),
    residue: { delta: count, remainder },
    state: 'up',
  }));
}

async function processOn(databases: readonly MemoryDatabase[], system: VirtualSystem): Promise<SegmentAllocator> {
  const store = new PrimariesRangeStore(
    databases.map(database => new MemoryPrimary(database)),
    system,
  );
  const allocator = new SegmentAllocator({ store, system, options: { ...SEGMENT_OPTIONS, waitDeadlineMs: 0 } });
  await allocator.start();
  return allocator;
}

describe('SegmentAllocator on several primaries', () => {
  it('gives batches of exactly the asked size from ranges with a stride, and counts them', async () => {
    const system = new VirtualSystem();
    const allocator = await processOn(databasesOf(3, 10), system);
    const source = allocator.source('order');
    const batches = await Promise.all([7, 40, 3].map(count => source.nextMany(count, { deadlineMs: 1000 })));
    expect(batches.map(countOf)).toEqual([7n, 40n, 3n]);
    expect(batches.flat().every(range => range.step === 3n)).toBe(true);
    const ids = batches.flatMap(batch => [...idsOf(batch)]);
    expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(ids).size).toBe(50);
    expect(allocator.tagStats()[0]).toMatchObject({ issuedIds: 50 });
    await allocator.stop();
  });

  const event = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('ids' as const), who: fc.nat(2), count: fc.integer({ min: 1, max: 30 }) }),
    },
    fc.record({
      do: fc.constant('state' as const),
      which: fc.nat(2),
      state: fc.constantFrom('up', 'up', 'down', 'lost'),
    }),
    fc.record({ do: fc.constant('restart' as const), who: fc.nat(2) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 6000 }) }),
  );

  it('never gives an ID twice, and each process only increasing ones, whichever answer or fail', async () => {
    let given = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 3 }), fc.array(event, { maxLength: 60 }), async (count, events) => {
        const system = new VirtualSystem();
        const databases = databasesOf(count, 10);
        const open = () => processOn(databases, system);
        const processes = [await open(), await open(), await open()];
        const all = new Set<bigint>();
        const latest = new Map<SegmentAllocator, bigint>();
        for (const each of events) {
          if (each.do === 'state') databases[each.which % count]!.state = each.state as MemoryDatabase['state'];
          if (each.do === 'wait') await system.advance(each.ms);
          if (each.do === 'restart') {
            await processes[each.who]!.stop();
            processes[each.who] = await open();
          }
          if (each.do === 'ids') {
            const process = processes[each.who]!;
            for (let i = 0; i < each.count; i++) {
              const id = process.source('order').tryNext();
              await system.settle();
              if (id === undefined) continue;
              given++;
              expect(all.has(id), `${id} again`).toBe(false);
              all.add(id);
              expect(id > (latest.get(process) ?? 0n)).toBe(true);
              latest.set(process, id);
            }
          }
        }
        for (const database of databases) database.state = 'up';
        await system.advance(10_000);
        for (const process of processes) {
          expect(await process.source('order').next({ deadlineMs: 2000 })).toBeGreaterThan(0n);
          await process.stop();
        }
        expect(system.pendingTimers).toBe(0);
      }),
      { numRuns: 150 },
    );
    expect(given).toBeGreaterThan(1000);
  });
});
