import { describe, expect, it } from 'vitest';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { LOOKAHEAD_MS, PROVING, T0_MS, VirtualHost } from './host.ts';

describe('slot keeper with a store that proves death', () => {
  it('claims worker 0 of an empty store and gives IDs at once', async () => {
    const slots = new MemorySlots(PROVING);
    const host = await new VirtualHost(slots).start();
    expect(host.nowMs).toBeLessThanOrEqual(T0_MS + 10);
    const id = host.mint();
    expect(host.allocator.decode(id)).toMatchObject({ timeMs: host.nowMs, workerId: 0 });
    expect(host.allocator.status()).toMatchObject({ state: 'ready', workerId: 0, claims: { created: 1 } });
  });

  it('keeps the mark of time one lookahead above the clock, and the bound equal to it (I4)', async () => {
    const slots = new MemorySlots(PROVING);
    const host = await new VirtualHost(slots).start();
    for (let second = 0; second < 5; second++) {
      await host.system.advance(1000);
      const { hwmMs, boundMs } = slots.records.get(0)!.data;
      expect(boundMs).toBe(hwmMs);
      expect(hwmMs - host.nowMs).toBeGreaterThan(LOOKAHEAD_MS - 1100);
      expect(hwmMs - host.nowMs).toBeLessThanOrEqual(LOOKAHEAD_MS);
      expect(host.timeOf(host.mint())).toBe(host.nowMs);
    }
    expect(host.allocator.status().renewals).toEqual({ acknowledged: 5, unknown: 0, lost: 0 });
  });

  it('releases at the exact last timestamp, and the next one starts at once above it (I6)', async () => {
    const slots = new MemorySlots(PROVING);
    const first = await new VirtualHost(slots).start();
    const last = first.mint();
    await first.stop();
    expect(slots.records.get(0)?.data).toMatchObject({
      state: 'released',
      hwmMs: first.timeOf(last),
      boundMs: first.timeOf(last),
    });
    expect(slots.locks.size).toBe(0);

    const second = await new VirtualHost(slots, {}, { wallMs: first.nowMs + 1 }).start();
    expect(second.nowMs - first.nowMs).toBeLessThanOrEqual(11);
    expect(second.mint()).toBeGreaterThan(last);
    expect(second.allocator.status()).toMatchObject({ workerId: 0, incarnation: 2, claims: { proof: 1 } });
  });

  it('releases at the floor when it minted nothing', async () => {
    const slots = new MemorySlots({ ...PROVING, floorMs: T0_MS - 77 });
    const host = await new VirtualHost(slots).start();
    await host.stop();
    expect(slots.records.get(0)?.data).toMatchObject({ state: 'released', hwmMs: T0_MS - 77, boundMs: T0_MS - 77 });
  });

  it('starts above the mark after a crash, waiting openly until the clock is there (I3, S6)', async () => {
    const slots = new MemorySlots(PROVING);
    const first = await new VirtualHost(slots).start();
    first.system.stepWall(2500);
    const last = first.mint();
    const { hwmMs } = slots.records.get(0)!.data;
    await first.crash();

    const second = new VirtualHost(slots, {}, { wallMs: T0_MS + 100 });
    const starting = second.start();
    await second.system.settle();
    expect(second.allocator.state).toBe('starting');
    await starting;
    expect(second.nowMs).toBeGreaterThan(hwmMs);
    expect(second.nowMs).toBeLessThanOrEqual(hwmMs + 20);
    const next = second.mint();
    expect(next).toBeGreaterThan(last);
    expect(second.timeOf(next)).toBeGreaterThan(hwmMs);
    expect(second.allocator.workerId).toBe(0);
  });

  it('waits for its slot rather than hop to another one', async () => {
    const slots = new MemorySlots(PROVING);
    const a = await new VirtualHost(slots).start();
    const b = await new VirtualHost(slots).start();
    await b.stop();
    await a.crash();
    const heir = await new VirtualHost(slots, {}, { wallMs: T0_MS + 100 }).start();
    expect(heir.allocator.workerId).toBe(0);
    expect(slots.records.size).toBe(2);
  });

  it('does not ratchet in a crash loop every 200 ms: the wait and the mark stay within the lookahead (I12)', async () => {
    const slots = new MemorySlots(PROVING);
    const ids: bigint[] = [];
    let nowMs = T0_MS;
    let served = 0;
    for (let life = 0; life < 100; life++) {
      const host = new VirtualHost(slots, {}, { wallMs: nowMs });
      void host.allocator.start();
      await host.system.advance(200);
      const id = host.allocator.source().tryNext();
      if (id !== undefined) {
        ids.push(id);
        served++;
      }
      nowMs = host.nowMs;
      expect(slots.records.get(0)!.data.hwmMs - nowMs).toBeLessThanOrEqual(LOOKAHEAD_MS);
      const status = host.allocator.status();
      expect((status.floorMs ?? 0) - nowMs).toBeLessThanOrEqual(LOOKAHEAD_MS);
      await host.crash();
    }
    expect(slots.records.size).toBe(1);
    // A life that serves raises the mark by a lookahead, so about every 16th of these short lives can.
    expect(served).toBeGreaterThanOrEqual(5);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort((x, y) => (x < y ? -1 : 1))).toEqual(ids);
  });

  it('mints nothing above the acknowledged mark while the disk refuses, and goes on when it is well again', async () => {
    const slots = new MemorySlots(PROVING);
    const host = await new VirtualHost(slots).start();
    host.store.down = true;
    const { hwmMs } = slots.records.get(0)!.data;
    let lastMs = 0;
    for (let i = 0; i < 60; i++) {
      await host.system.advance(100);
      const id = host.allocator.source().tryNext();
      if (id !== undefined) lastMs = host.timeOf(id);
    }
    expect(lastMs).toBeGreaterThan(hwmMs - 101);
    expect(lastMs).toBeLessThanOrEqual(hwmMs);
    expect(host.allocator.state).toBe('refusing');
    await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'LIMIT_REACHED', retryAfterMs: 1000 });
    host.store.down = false;
    await host.system.advance(1100);
    expect(host.allocator.state).toBe('ready');
    expect(host.timeOf(host.mint())).toBe(host.nowMs);
    expect(host.allocator.workerId).toBe(0);
  });
});
