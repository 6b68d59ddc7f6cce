import { describe, expect, it } from 'vitest';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { PROVING, T0_MS, VirtualHost } from './host.ts';

describe('slot keeper: start and stop', () => {
  it('gives 12 instances that start together 12 worker IDs, and frees them all', async () => {
    for (const provesDeath of [true, false]) {
      const slots = new MemorySlots({ provesDeath });
      const hosts = Array.from({ length: 12 }, () => new VirtualHost(slots));
      await Promise.all(hosts.map(host => host.start()));
      const workerIds = hosts.map(host => host.allocator.workerId).sort((a, b) => a! - b!);
      expect(workerIds).toEqual(Array.from({ length: 12 }, (_, i) => i));
      await Promise.all(hosts.map(host => host.stop()));
      expect([...slots.records.values()].every(slot => slot.data.state === 'released')).toBe(true);
    }
  });

  it('refuses with NO_FREE_SLOT when every worker ID is held, and claims the first that is given back', async () => {
    const slots = new MemorySlots(PROVING);
    const one = { workerBits: 0 };
    const holder = await new VirtualHost(slots, one).start();
    const second = await new VirtualHost(slots, one).start();
    await expect(second.allocator.source().next()).rejects.toMatchObject({
      code: 'NO_FREE_SLOT',
      details: { slots: 1 },
    });
    await holder.stop();
    await second.system.advance(10_000);
    expect(second.allocator.state).toBe('ready');
  });

  it('rejects with LAYOUT_MISMATCH for a layout that the store was not made with', async () => {
    const slots = new MemorySlots(PROVING);
    await (await new VirtualHost(slots).start()).stop();
    const other = new VirtualHost(slots, { workerBits: 9 });
    await expect(other.start()).rejects.toMatchObject({ code: 'LAYOUT_MISMATCH' });
    expect(other.allocator.state).toBe('refusing');
    await expect(other.allocator.source().next()).rejects.toMatchObject({ code: 'LAYOUT_MISMATCH' });
    await other.stop();
    expect(other.system.pendingTimers).toBe(0);
  });

  it('resolves as refusing while the store is down, and begins to serve when it is back', async () => {
    const slots = new MemorySlots(PROVING);
    const host = new VirtualHost(slots);
    host.store.down = true;
    await host.start();
    expect(host.allocator.state).toBe('refusing');
    await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
    await host.system.advance(60_000);
    expect(host.system.logged('warn')).toHaveLength(1);
    expect(host.system.pendingForegroundTimers).toBe(0);
    host.store.down = false;
    await host.system.advance(6000);
    expect(host.allocator.state).toBe('ready');
  });

  it('begins to serve although the answer to the first opening of the store never came', async () => {
    const host = new VirtualHost(new MemorySlots());
    host.store.frozen = true;
    const starting = host.allocator.start();
    await host.system.advance(5000);
    await starting;
    expect(host.allocator.status().failure).toBe('SLOT_STORE_UNAVAILABLE');
    host.store.frozen = false;
    // Twice the longest wait of a start, and the delay after each.
    await host.system.advance(6000);
    expect(host.allocator.state).toBe('ready');
  });

  it('opens the store again after a claim that the store failed, and not after one that found no free slot', async () => {
    const slots = new MemorySlots(PROVING);
    const host = new VirtualHost(slots, { workerBits: 0 });
    host.store.faults.push('before');
    await host.start();
    await host.system.advance(6000);
    expect(host.allocator.state).toBe('ready');
    expect(host.store.openings).toBe(2);
    const other = await new VirtualHost(slots, { workerBits: 0 }).start();
    await other.system.advance(60_000);
    expect(other.allocator.status().failure).toBe('NO_FREE_SLOT');
    expect(other.store.openings).toBe(1);
  });

  it('resolves as refusing when the store dies between the claim and the end of the wait', async () => {
    const slots = new MemorySlots(PROVING);
    await (await new VirtualHost(slots).start()).crash();
    const host = new VirtualHost(slots, {}, { wallMs: T0_MS + 100 });
    const starting = host.allocator.start();
    await host.system.advance(1000);
    host.store.down = true;
    await host.system.advance(4000);
    await starting;
    expect(host.allocator.state).toBe('refusing');
    expect(host.allocator.status().failure).toBe('LIMIT_REACHED');
    host.store.down = false;
    await host.system.advance(2000);
    expect(host.allocator.state).toBe('ready');
  });

  it('gives back what a claim brings that a stop overtook', async () => {
    const slots = new MemorySlots(PROVING);
    const host = new VirtualHost(slots);
    host.store.faults.push('hang');
    void host.allocator.start();
    await host.system.settle();
    const stopping = host.allocator.stop();
    host.store.answer();
    await host.system.advance(10);
    await stopping;
    expect(slots.records.get(0)!.data.state).toBe('released');
    expect(slots.locks.size).toBe(0);
    expect(host.system.pendingTimers).toBe(0);
  });

  it('does not open again when a renewal ends after the stop began', async () => {
    const slots = new MemorySlots(PROVING);
    await (await new VirtualHost(slots).start()).crash();
    const host = new VirtualHost(slots, {}, { wallMs: T0_MS + 100 });
    void host.allocator.start();
    await host.system.advance(2890);
    host.store.faults.push('hang');
    await host.system.advance(30);
    expect(host.store.changes).toBe(2);
    const stopping = host.allocator.stop();
    host.store.answer();
    await host.system.advance(10);
    await stopping;
    expect(host.allocator.state).toBe('stopped');
    expect(host.allocator.source().tryNext()).toBeUndefined();
    expect(slots.records.get(0)!.data.state).toBe('released');
  });

  it('ends within a few time limits when the store hangs for ever, and leaves no timer', async () => {
    const slots = new MemorySlots();
    const host = await new VirtualHost(slots).start();
    host.store.frozen = true;
    await host.system.advance(1500);
    const beforeMs = host.nowMs;
    await host.stop();
    expect(host.nowMs - beforeMs).toBeLessThan(10_000);
    expect(host.allocator.state).toBe('stopped');
    expect(host.system.pendingTimers).toBe(0);
  });

  it('keeps nothing but background timers while it serves', async () => {
    const host = await new VirtualHost(new MemorySlots(PROVING)).start();
    await host.system.advance(5000);
    expect(host.system.pendingForegroundTimers).toBe(0);
  });
});
