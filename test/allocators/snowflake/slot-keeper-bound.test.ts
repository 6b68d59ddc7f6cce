import { describe, expect, it } from 'vitest';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { T0_MS, VirtualHost } from './host.ts';

const ALLOWANCE_MS = 600_000;

describe('slot keeper with a store that proves nothing', () => {
  it('publishes a bound one allowance above the mark, and never lowers it while it holds the slot (I6)', async () => {
    const slots = new MemorySlots();
    const host = await new VirtualHost(slots).start();
    let boundMs = 0;
    for (let i = 0; i < 10; i++) {
      const { data } = slots.records.get(0)!;
      expect(data.boundMs).toBe(data.hwmMs + ALLOWANCE_MS);
      expect(data.boundMs).toBeGreaterThanOrEqual(boundMs);
      boundMs = data.boundMs;
      if (i === 4) host.system.stepWall(-4000);
      await host.system.advance(1000);
    }
  });

  it('serves through an outage up to the acknowledged bound and not a millisecond further (I2)', async () => {
    const slots = new MemorySlots();
    const host = await new VirtualHost(slots, { allowanceMs: 20_000 }).start();
    host.store.down = true;
    const { boundMs } = slots.records.get(0)!.data;
    let lastMs = 0;
    while (host.nowMs < boundMs + 5000) {
      await host.system.advance(100);
      const id = host.allocator.source().tryNext();
      if (id === undefined) expect(host.nowMs).toBeGreaterThan(boundMs);
      else lastMs = host.timeOf(id);
    }
    expect(lastMs).toBeGreaterThan(boundMs - 101);
    expect(lastMs).toBeLessThanOrEqual(boundMs);
    await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'LIMIT_REACHED' });
    host.store.down = false;
    await host.system.advance(1100);
    expect(host.timeOf(host.mint())).toBe(host.nowMs);
  });

  it('goes on through an outage in which calls hang instead of failing', async () => {
    const slots = new MemorySlots();
    const host = await new VirtualHost(slots).start();
    host.store.frozen = true;
    for (let i = 0; i < 300; i++) {
      await host.system.advance(100);
      host.mint();
    }
    host.store.frozen = false;
    host.store.answer();
    await host.system.advance(10_000);
    const { data } = slots.records.get(0)!;
    expect(data.hwmMs).toBeGreaterThan(host.nowMs + 1000);
    expect(host.allocator.status().fences).toBe(0);
  });

  it('takes a released slot before a new one, its own address first', async () => {
    const slots = new MemorySlots();
    const owner = (port: number) => ({ owner: { host: 'h', port, pid: 1 } });
    const hosts = [];
    for (const port of [1, 2, 3]) hosts.push(await new VirtualHost(slots, owner(port)).start());
    for (const host of hosts) await host.stop();
    const at = { wallMs: T0_MS + 60_000 };
    expect((await new VirtualHost(slots, owner(2), at).start()).allocator.workerId).toBe(1);
    expect((await new VirtualHost(slots, owner(9), at).start()).allocator.workerId).toBe(0);
    expect((await new VirtualHost(slots, owner(9), at).start()).allocator.workerId).toBe(2);
    expect((await new VirtualHost(slots, owner(9), at).start()).allocator.workerId).toBe(3);
  });

  it('leaves the slot of a crashed holder alone until its bound has passed, then starts above it (I3)', async () => {
    const slots = new MemorySlots();
    const small = { workerBits: 0, allowanceMs: 20_000 };
    const first = await new VirtualHost(slots, small).start();
    const last = first.mint();
    await first.crash();
    const { boundMs } = slots.records.get(0)!.data;
    const second = await new VirtualHost(slots, small, { wallMs: first.nowMs + 10 }).start();
    expect(second.allocator.state).toBe('refusing');
    const error = await second.allocator
      .source()
      .next()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'NO_FREE_SLOT', details: { slots: 1 } });
    await second.system.advance(boundMs - second.nowMs - 100);
    expect(second.allocator.source().tryNext()).toBeUndefined();
    await second.system.advance(6000);
    const next = second.mint();
    expect(second.timeOf(next)).toBeGreaterThan(boundMs);
    expect(next).toBeGreaterThan(last);
    expect(second.allocator.status().claims.expired).toBe(1);
  });

  it('mints above the bound it replaced even when the clock goes back right after the claim (I3)', async () => {
    const slots = new MemorySlots();
    const small = { workerBits: 0, allowanceMs: 5000 };
    const first = await new VirtualHost(slots, small).start();
    const { boundMs } = slots.records.get(0)!.data;
    slots.expire(0);
    const heir = await new VirtualHost(slots, small, { wallMs: boundMs + 1 }).start();
    heir.system.stepWall(-4000);
    expect(heir.timeOf(heir.mint())).toBe(boundMs + 1);
    expect(first.timeOf(first.mint())).toBeLessThanOrEqual(boundMs);
  });

  it('does not take a slot whose bound has passed by its own clock only, when the store knows better', async () => {
    const slots = new MemorySlots({ timeMs: () => T0_MS + 4000 });
    const small = { workerBits: 0, allowanceMs: 0 };
    await (await new VirtualHost(slots, small).start()).crash();
    const { boundMs } = slots.records.get(0)!.data;
    expect(boundMs).toBeLessThan(T0_MS + 4000);
    slots.records.set(0, {
      ...slots.records.get(0)!,
      data: { ...slots.records.get(0)!.data, boundMs: T0_MS + 5000 },
    });
    const fast = await new VirtualHost(slots, small, { wallMs: T0_MS + 9000 }).start();
    expect(fast.allocator.state).toBe('refusing');
    expect(fast.allocator.status().failure).toBe('NO_FREE_SLOT');
  });
});
