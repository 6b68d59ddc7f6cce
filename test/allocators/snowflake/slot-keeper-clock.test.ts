import { describe, expect, it } from 'vitest';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { LOOKAHEAD_MS, PROVING, T0_MS, VirtualHost } from './host.ts';

describe('slot keeper: the clock', () => {
  it('of a jump ahead does not raise the mark until it has lasted, where the store has no time (C2)', async () => {
    const slots = new MemorySlots(PROVING);
    const host = await new VirtualHost(slots).start();
    host.system.stepWall(3_600_000);
    await host.system.advance(5000);
    expect(slots.records.get(0)!.data.hwmMs).toBeLessThan(T0_MS + 20_000);
    expect(host.allocator.state).toBe('refusing');
    const error = await host.allocator
      .source()
      .next()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'LIMIT_REACHED' });
    expect(String(error)).toContain('jumped');
    await host.system.advance(7000);
    expect(host.allocator.state).toBe('ready');
    expect(host.timeOf(host.mint())).toBe(host.nowMs);
    expect(host.allocator.status()).toMatchObject({ jumpsHeld: 1, jumpsConfirmed: 1 });
  });

  it('of one bad step that is corrected leaves no trace (C2)', async () => {
    const slots = new MemorySlots(PROVING);
    const host = await new VirtualHost(slots).start();
    host.system.stepWall(86_400_000);
    await host.system.advance(6000);
    host.system.stepWall(-86_400_000);
    await host.system.advance(1100);
    expect(host.allocator.state).toBe('ready');
    expect(slots.records.get(0)!.data.hwmMs).toBeLessThanOrEqual(host.nowMs + LOOKAHEAD_MS);
    expect(host.timeOf(host.mint())).toBe(host.nowMs);
  });

  it('of a resumed host is believed as soon as the store agrees (C2)', async () => {
    let storeMs = T0_MS;
    const slots = new MemorySlots({ timeMs: () => storeMs });
    const host = await new VirtualHost(slots).start();
    host.system.stepWall(3_600_000);
    storeMs = host.nowMs;
    await host.system.advance(1100);
    expect(host.allocator.state).toBe('ready');
    expect(host.timeOf(host.mint())).toBe(host.nowMs);
  });

  it('of a jump that the store denies is not believed however long it lasts (C2)', async () => {
    let host: VirtualHost | undefined;
    let offsetMs = 0;
    const slots = new MemorySlots({ timeMs: () => (host?.nowMs ?? T0_MS) - offsetMs });
    host = await new VirtualHost(slots).start();
    offsetMs = 3_600_000;
    host.system.stepWall(offsetMs);
    await host.system.advance(60_000);
    expect(host.allocator.state).toBe('refusing');
    expect(slots.records.get(0)!.data.hwmMs).toBeLessThan(T0_MS + 10_000);
  });

  it('of a start that differs from the store is refused with CLOCK_SKEW until it is right (C1)', async () => {
    let storeMs = T0_MS;
    const slots = new MemorySlots({ timeMs: () => storeMs });
    const host = await new VirtualHost(slots, {}, { wallMs: T0_MS + 60_000 }).start();
    expect(host.allocator.state).toBe('refusing');
    await expect(host.allocator.source().next()).rejects.toMatchObject({
      code: 'CLOCK_SKEW',
      retryAfterMs: expect.any(Number),
    });
    expect(slots.records.size).toBe(0);
    storeMs = host.nowMs;
    await host.system.advance(5000);
    expect(host.allocator.state).toBe('ready');
  });

  it('of a start far behind the persisted time is refused with CLOCK_BEHIND and recovers alone (S6)', async () => {
    const slots = new MemorySlots(PROVING);
    const first = await new VirtualHost(slots).start();
    const last = first.mint();
    await first.crash();
    const late = await new VirtualHost(slots, {}, { wallMs: T0_MS - 3_600_000 }).start();
    expect(late.allocator.state).toBe('refusing');
    const error = await late.allocator
      .source()
      .next()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'CLOCK_BEHIND',
      details: { workerId: 0, waitMaxMs: 5000, opinion: expect.stringContaining('no time') },
      retryAfterMs: expect.any(Number),
    });
    expect((error as { details: { behindMs: number } }).details.behindMs).toBeGreaterThan(3_600_000);
    late.system.stepWall(3_610_000);
    await late.system.advance(12_000);
    expect(late.allocator.state).toBe('ready');
    expect(late.mint()).toBeGreaterThan(last);
  });

  it('that goes back at run time is absorbed to the limit, then refused, and IDs flow again alone', async () => {
    const slots = new MemorySlots(PROVING);
    const host = await new VirtualHost(slots).start();
    const first = host.mint();
    host.system.stepWall(-5000);
    const second = host.mint();
    expect(second).toBeGreaterThan(first);
    host.system.stepWall(-2000);
    expect(host.allocator.source().tryNext()).toBeUndefined();
    await expect(host.allocator.source().next()).rejects.toMatchObject({
      code: 'CLOCK_BACKWARDS',
      retryAfterMs: 2000,
    });
    expect(host.allocator.state).toBe('refusing');
    await host.system.advance(2000);
    expect(host.mint()).toBeGreaterThan(second);
    expect(host.allocator.status()).toMatchObject({ absorbedRollbackMs: 5000, refusals: { CLOCK_BACKWARDS: 1 } });
  });

  it('serves as soon as the floor is passed when the clock was put right during the wait (C2)', async () => {
    const slots = new MemorySlots(PROVING);
    await (await new VirtualHost(slots).start()).crash();
    const host = await new VirtualHost(slots, {}, { wallMs: T0_MS - 60_000 }).start();
    expect(host.allocator.status().failure).toBe('CLOCK_BEHIND');
    await host.system.advance(2000);
    host.system.stepWall(40_000);
    const { hwmMs } = slots.records.get(0)!.data;
    await host.system.advance(hwmMs - host.nowMs + 100);
    expect(host.allocator.state).toBe('ready');
    expect(host.allocator.status()).toMatchObject({ jumpsHeld: 1, jumpsConfirmed: 1 });
  });
});
