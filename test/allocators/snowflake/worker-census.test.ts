import { describe, expect, it } from 'vitest';
import { WorkerCensus } from '../../../src/allocators/snowflake/worker-census.ts';
import type { WorkerView } from '../../../src/allocators/worker-directory.ts';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { T0_MS, VirtualHost } from './host.ts';

/** What the census says after whatever look it begins. */
async function ask(host: VirtualHost) {
  host.allocator.workerPool();
  await host.system.settle();
  return host.allocator.workerPool();
}

describe('the census of worker IDs', () => {
  it('answers at once from the latest look, and looks again after five seconds', async () => {
    const slots = new MemorySlots({ timeMs: () => T0_MS });
    const first = await new VirtualHost(slots, { workerBits: 1 }).start();
    expect(first.allocator.workerPool()).toBeUndefined();
    expect(await ask(first)).toEqual({ neverUsed: 1, free: 0, held: 1, ageMs: 0 });
    await new VirtualHost(slots, { workerBits: 1 }).start();
    await first.system.advance(4000);
    expect(await ask(first)).toMatchObject({ neverUsed: 1, ageMs: 4000 });
    await first.system.advance(1000);
    expect(await ask(first)).toEqual({ neverUsed: 0, free: 0, held: 2, ageMs: 0 });
  });

  it('looks the more seldom the more there is to read, unless something is about to change', async () => {
    const system = new VirtualSystem();
    let looks = 0;
    const views = Array.from({ length: 1000 }, (_, i) => ({ free: i < 10 }) as WorkerView);
    const look = async () => {
      looks++;
      return views;
    };
    const census = new WorkerCensus({ size: 1024, clock: system.clock, look });
    census.read(true);
    await system.settle();
    await system.advance(299_000);
    expect(census.read(true)).toEqual({ neverUsed: 24, free: 10, held: 990, ageMs: 299_000 });
    expect(looks).toBe(1);
    census.read(false);
    expect(looks).toBe(2);
    await system.advance(300_000);
    census.read(true);
    expect(looks).toBe(3);
  });

  it('tells an instance without a worker ID how many there are', async () => {
    const slots = new MemorySlots();
    await new VirtualHost(slots, { workerBits: 0 }).start();
    const host = await new VirtualHost(slots, { workerBits: 0 }).start();
    expect(host.allocator.state).toBe('refusing');
    expect(await ask(host)).toMatchObject({ neverUsed: 0, free: 0, held: 1 });
  });

  it('goes on telling what it knows while the store is away, and asks again', async () => {
    const host = await new VirtualHost(new MemorySlots(), { workerBits: 1 }).start();
    await ask(host);
    host.store.down = true;
    await host.system.advance(60_000);
    expect(await ask(host)).toMatchObject({ held: 1, ageMs: 60_000 });
    host.store.down = false;
    await host.system.advance(5000);
    expect(await ask(host)).toMatchObject({ held: 1, ageMs: 0 });
  });

  it('compares the clocks at each look', async () => {
    let storeMs = T0_MS;
    const host = await new VirtualHost(new MemorySlots({ timeMs: () => storeMs })).start();
    storeMs = host.nowMs - 3000;
    await ask(host);
    expect(host.allocator.status().storeSkewMs).toBe(3000);
  });

  it('asks nothing of a store before the start and after the stop', async () => {
    const host = new VirtualHost(new MemorySlots());
    expect(await ask(host)).toBeUndefined();
    await host.start();
    await host.stop();
    expect(await ask(host)).toBeUndefined();
  });
});
