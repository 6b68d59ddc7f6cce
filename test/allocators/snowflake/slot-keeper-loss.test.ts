import { describe, expect, it } from 'vitest';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { VirtualHost } from './host.ts';

describe('slot keeper: a lost slot', () => {
  it('ends minting, and a new one is claimed under a new token, above all IDs of the process (I13)', async () => {
    const slots = new MemorySlots();
    const host = await new VirtualHost(slots).start();
    const before = host.mint();
    const { token } = slots.records.get(0)!.data;
    const stored = slots.records.get(0)!;
    slots.expire(0);
    slots.records.set(0, { ...stored, version: 99, data: { ...stored.data, token: 'somebody else' } });
    await host.system.advance(1001);
    expect(host.allocator.source().tryNext()).toBeUndefined();
    expect(host.allocator.state).toBe('refusing');
    const waiting = host.allocator.source().next({ deadlineMs: 5000 });
    await host.system.advance(2000);
    const after = await waiting;
    expect(after).toBeGreaterThan(before);
    expect(host.allocator.status()).toMatchObject({ workerId: 1, fences: 1, renewals: { lost: 1 } });
    expect(slots.records.get(1)!.data.token).not.toBe(token);
    expect(slots.records.get(0)!.data.token).toBe('somebody else');
    expect(host.system.logged('error')).toHaveLength(1);
  });

  it('is never made again when its record is gone (I11)', async () => {
    const slots = new MemorySlots();
    const host = await new VirtualHost(slots).start();
    host.mint();
    slots.records.clear();
    slots.locks.clear();
    await host.system.advance(1001);
    expect(host.allocator.source().tryNext()).toBeUndefined();
    expect(host.allocator.status().fences).toBe(1);
    expect(slots.records.size).toBe(0);
  });

  it('opens the store again before the next claim, which checks the layout (I11)', async () => {
    const slots = new MemorySlots();
    const host = await new VirtualHost(slots).start();
    expect(host.store.openings).toBe(1);
    slots.records.clear();
    slots.layout = { ...slots.layout!, epochMs: 1 };
    await host.system.advance(5000);
    expect(host.store.openings).toBeGreaterThan(1);
    expect(host.allocator.status().failure).toBe('LAYOUT_MISMATCH');
  });

  it('does no harm before it is noticed: holder and successor mint in windows that do not meet (I2, I3)', async () => {
    const slots = new MemorySlots();
    const small = { workerBits: 0, allowanceMs: 5000 };
    const paused = await new VirtualHost(slots, small).start();
    const seen = new Set([paused.mint()]);
    const { boundMs } = slots.records.get(0)!.data;
    paused.store.down = true;
    slots.expire(0);
    const heir = await new VirtualHost(slots, small, { wallMs: boundMs + 1 }).start();
    for (let i = 0; i < 100; i++) {
      await paused.system.advance(100);
      await heir.system.advance(100);
      for (const host of [paused, heir]) {
        for (const range of await host.allocator
          .source()
          .nextMany(3, { deadlineMs: 0 })
          .catch(() => [])) {
          for (let id = range.start; id <= range.end; id++) {
            expect(seen.has(id)).toBe(false);
            seen.add(id);
          }
        }
      }
    }
    expect(heir.allocator.workerId).toBe(0);
    paused.store.down = false;
    await paused.system.advance(3000);
    expect(paused.allocator.status().fences).toBe(1);
  });
});
