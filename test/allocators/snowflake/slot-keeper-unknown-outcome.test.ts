import { describe, expect, it } from 'vitest';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { PROVING, T0_MS, VirtualHost } from './host.ts';

describe('slot keeper: an unknown outcome', () => {
  it('of a renewal that took effect is read back and adopted (I8)', async () => {
    const slots = new MemorySlots(PROVING);
    const host = await new VirtualHost(slots).start();
    host.store.faults.push('after');
    await host.system.advance(1001);
    expect(host.allocator.status().renewals).toEqual({ acknowledged: 0, unknown: 1, lost: 0 });
    expect(host.allocator.status().limitLeftMs).toBeLessThan(2000);
    const reads = host.store.reads;
    await host.system.advance(1000);
    expect(host.store.reads).toBe(reads + 1);
    expect(host.allocator.status()).toMatchObject({ fences: 0, renewals: { acknowledged: 1, unknown: 1, lost: 0 } });
    expect(host.allocator.status().limitLeftMs).toBeGreaterThan(2900);
  });

  it('of a renewal that was taken over meanwhile ends the claim (I8, I13)', async () => {
    const slots = new MemorySlots();
    const host = await new VirtualHost(slots).start();
    host.store.faults.push('before');
    await host.system.advance(1001);
    const stored = slots.records.get(0)!;
    slots.records.set(0, { ...stored, version: 50, data: { ...stored.data, token: 'somebody else' } });
    await host.system.advance(1000);
    expect(host.allocator.status().fences).toBe(1);
  });

  it('of a renewal without an answer starts no second one until it is answered or given up (I10)', async () => {
    const slots = new MemorySlots();
    const host = await new VirtualHost(slots).start();
    host.store.faults.push('hang');
    await host.system.advance(1001);
    const { changes } = host.store;
    await host.system.advance(3000);
    expect(host.store.changes).toBe(changes);
    expect(host.allocator.status().renewals.unknown).toBeGreaterThan(0);
    host.store.answer();
    await host.system.advance(1100);
    expect(host.store.changes).toBe(changes + 1);
    expect(host.allocator.status()).toMatchObject({ fences: 0 });
    expect(slots.records.get(0)!.data.hwmMs).toBeGreaterThan(host.nowMs + 1800);
  });

  it.each([
    ['after', true],
    ['after', false],
    ['before', true],
    ['before', false],
    ['hangAfter', true],
    ['hangAfter', false],
  ] as const)('of a first claim (%s, proof %s) ends with one slot that is ours', async (fault, provesDeath) => {
    const slots = new MemorySlots({ provesDeath });
    const host = new VirtualHost(slots);
    host.store.faults.push(fault);
    await host.start();
    await host.system.advance(10_000);
    host.store.answer();
    await host.system.advance(2000);
    expect(host.allocator.state).toBe('ready');
    expect(slots.records.size).toBe(1);
    expect(host.timeOf(host.mint())).toBe(host.nowMs);
    expect(slots.locks.has(0)).toBe(true);
  });

  it.each([true, false])('of a takeover keeps the floor of what was replaced (proof %s)', async provesDeath => {
    const slots = new MemorySlots({ provesDeath });
    const first = await new VirtualHost(slots, { allowanceMs: 3000 }).start();
    first.system.stepWall(2000);
    const last = first.mint();
    await first.stop();
    const second = new VirtualHost(slots, {}, { wallMs: T0_MS + 4000 });
    second.store.faults.push('after');
    await second.start();
    await second.system.advance(5000);
    expect(second.allocator.workerId).toBe(0);
    expect(second.allocator.status().claims.readBack).toBe(1);
    expect(second.allocator.status().floorMs).toBeGreaterThanOrEqual(first.timeOf(last));
    expect(second.mint()).toBeGreaterThan(last);
  });

  it('of a release is read back and tried once more', async () => {
    const slots = new MemorySlots(PROVING);
    const host = await new VirtualHost(slots).start();
    const last = host.mint();
    host.store.faults.push('before');
    await host.stop();
    expect(slots.records.get(0)!.data).toMatchObject({ state: 'released', hwmMs: host.timeOf(last) });
  });
});
