import { describe, expect, it } from 'vitest';
import { releaseSlot } from '../../../src/allocators/snowflake/slot-release.ts';
import type { SlotStore } from '../../../src/stores/slot-store.ts';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { T0_MS, VirtualHost } from './host.ts';

const AHEAD_MS = 13_000;

/** A holder that died without giving its slot back, and an operator some time later. */
async function crashed(
  laterMs: number,
): Promise<{ slots: MemorySlots; store: SlotStore; host: VirtualHost; system: VirtualSystem }> {
  const slots = new MemorySlots();
  const host = await new VirtualHost(slots).start();
  host.mint();
  await host.crash();
  const system = new VirtualSystem({ wallMs: host.nowMs + laterMs, seed: 99 });
  const store = slots.handle();
  await store.open(host.allocator.layout.toJSON());
  return { slots, store, host, system };
}

describe('the release of a worker ID by an operator', () => {
  it('is refused while the holder may use timestamps, telling for how long and what force risks', async () => {
    const { slots, store, system } = await crashed(1000);
    const before = slots.records.get(0);
    const failure = await releaseSlot(store, 0, system, { force: false, aheadMs: AHEAD_MS }).catch(error => error);
    expect(failure).toMatchObject({ code: 'SLOT_IN_USE', retryAfterMs: before!.data.boundMs - system.clock.wallMs() });
    expect(failure.message).toMatch(/--force.*certainly dead.*gives too/s);
    expect(slots.records.get(0)).toBe(before);
  });

  it('keeps the bound once that has passed', async () => {
    const { slots, store, system } = await crashed(700_000);
    const before = slots.records.get(0)!;
    const released = await releaseSlot(store, 0, system, { force: false, aheadMs: AHEAD_MS });
    expect(released.data).toMatchObject({ state: 'released', boundMs: before.data.boundMs, hwmMs: before.data.hwmMs });
    expect(slots.locks.size).toBe(0);
  });

  it('by force lowers the bound to what a dead holder can have used, under a token of its own', async () => {
    const { slots, store, system } = await crashed(1000);
    const before = slots.records.get(0)!;
    const released = await releaseSlot(store, 0, system, { force: true, aheadMs: AHEAD_MS });
    expect(released.data.boundMs).toBe(system.clock.wallMs() + AHEAD_MS);
    expect(released.data.boundMs).toBeLessThan(before.data.boundMs);
    expect(released.data.token).not.toBe(before.data.token);
    expect(await releaseSlot(store, 0, system, { force: true, aheadMs: AHEAD_MS })).toEqual(released);
  });

  it('by force never lowers the bound below the high-water mark, nor raises it', async () => {
    const { slots, store, system } = await crashed(-60_000);
    const before = slots.records.get(0)!.data;
    const released = await releaseSlot(store, 0, system, { force: true, aheadMs: AHEAD_MS });
    expect(released.data.boundMs).toBe(before.hwmMs);
    const late = await crashed(599_000);
    const bound = late.slots.records.get(0)!.data.boundMs;
    expect((await releaseSlot(late.store, 0, late.system, { force: true, aheadMs: AHEAD_MS })).data.boundMs).toBe(
      bound,
    );
  });

  it('lets a successor begin above all that the dead holder gave', async () => {
    const { slots, store, host, system } = await crashed(1000);
    const released = await releaseSlot(store, 0, system, { force: true, aheadMs: AHEAD_MS });
    const successor = await new VirtualHost(slots, {}, { wallMs: released.data.boundMs + 1 }).start();
    expect(successor.allocator.workerId).toBe(0);
    expect(successor.timeOf(successor.mint())).toBeGreaterThan(released.data.boundMs);
    expect(released.data.boundMs).toBeGreaterThan(host.allocator.status().lastTimeMs);
  });

  it('is refused while the store knows that the holder lives, even by force, and for an ID that was never used', async () => {
    const slots = new MemorySlots();
    await new VirtualHost(slots).start();
    const store = slots.handle();
    await store.open(new VirtualHost(slots).allocator.layout.toJSON());
    for (const [laterMs, force] of [[1000, false] as const, [700_000, true] as const]) {
      const later = new VirtualSystem({ wallMs: T0_MS + laterMs });
      const failure = await releaseSlot(store, 0, later, { force, aheadMs: AHEAD_MS }).catch(error => error);
      expect(failure).toMatchObject({ code: 'SLOT_IN_USE', message: expect.stringContaining('stop the process') });
      expect(failure.message).not.toContain('--force');
    }
    const system = new VirtualSystem({ wallMs: T0_MS + 700_000 });
    const options = { force: true, aheadMs: AHEAD_MS };
    await expect(releaseSlot(store, 7, system, options)).rejects.toMatchObject({ code: 'UNKNOWN_WORKER' });
  });
});
