import { describe, expect, it } from 'vitest';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { T0_MS, VirtualHost } from './host.ts';

/** What the census says after whatever look it begins. */
async function ask(host: VirtualHost) {
  host.allocator.workerPool();
  await host.system.settle();
  return host.allocator.workerPool();
}

describe('the census of worker IDs', () => {
  it('answers at once from the latest look, and looks again after five minutes', async () => {
    const slots = new MemorySlots({ timeMs: () => T0_MS });
    const first = await new VirtualHost(slots, { workerBits: 1 }).start();
    expect(first.allocator.workerPool()).toBeUndefined();
    expect(await ask(first)).toEqual({ neverUsed: 1, free: 0, held: 1, ageMs: 0 });
    await new VirtualHost(slots, { workerBits: 1 }).start();
    await first.system.advance(299_000);
    expect(await ask(first)).toMatchObject({ neverUsed: 1, ageMs: 299_000 });
    await first.system.advance(1000);
    expect(await ask(first)).toEqual({ neverUsed: 0, free: 0, held: 2, ageMs: 0 });
  });

  it('looks every five seconds while the instance has no worker ID', async () => {
    const slots = new MemorySlots();
    const holder = await new VirtualHost(slots, { workerBits: 0 }).start();
    const host = await new VirtualHost(slots, { workerBits: 0 }).start();
    expect(host.allocator.state).toBe('refusing');
    expect(await ask(host)).toMatchObject({ neverUsed: 0, free: 0, held: 1 });
    await host.system.advance(4000);
    expect(host.allocator.workerPool()).toMatchObject({ ageMs: 4000 });
    await host.system.advance(1000);
    expect(await ask(host)).toMatchObject({ ageMs: 0 });
    await holder.stop();
  });

  it('goes on telling what it knows while the store is away, and asks again after five seconds', async () => {
    const host = await new VirtualHost(new MemorySlots(), { workerBits: 1 }).start();
    await ask(host);
    host.store.down = true;
    await host.system.advance(300_000);
    expect(await ask(host)).toMatchObject({ held: 1, ageMs: 300_000 });
    host.store.down = false;
    await host.system.advance(5000);
    expect(await ask(host)).toMatchObject({ held: 1, ageMs: 0 });
  });

  it('asks nothing of a store before the start and after the stop', async () => {
    const host = new VirtualHost(new MemorySlots());
    expect(await ask(host)).toBeUndefined();
    await host.start();
    await host.stop();
    expect(await ask(host)).toBeUndefined();
  });
});
