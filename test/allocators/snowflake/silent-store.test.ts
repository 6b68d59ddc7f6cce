import { describe, expect, it } from 'vitest';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { LOOKAHEAD_MS, T0_MS, VirtualHost } from './host.ts';

describe('a jump of the clock before a slot store that has a time and falls silent (C2)', () => {
  it('is not believed when the store had denied it, and leaves no trace once it is corrected', async () => {
    let host: VirtualHost | undefined;
    let offsetMs = 0;
    const slots = new MemorySlots({ timeMs: () => (host?.nowMs ?? T0_MS) - offsetMs });
    host = await new VirtualHost(slots).start();
    offsetMs = 300_000;
    host.system.stepWall(offsetMs);
    await host.system.advance(30_000);
    host.store.down = true;
    await host.system.advance(30_000);
    expect(host.allocator.state).toBe('refusing');
    host.system.stepWall(-offsetMs);
    host.store.down = false;
    await host.system.advance(1100);
    expect(slots.records.get(0)!.data.hwmMs).toBeLessThanOrEqual(host.nowMs + LOOKAHEAD_MS);
    expect(host.timeOf(host.mint())).toBe(host.nowMs);
  });

  it.each([
    { jumpMs: 300_000, state: 'ready', confirmed: 1, reach: 'below' },
    { jumpMs: 86_400_000, state: 'refusing', confirmed: 0, reach: 'above' },
  ])('by $jumpMs ms, to $reach the bound, leaves it $state', async ({ jumpMs, state, confirmed }) => {
    const host = await new VirtualHost(new MemorySlots({ timeMs: () => T0_MS })).start();
    host.store.down = true;
    host.system.stepWall(jumpMs);
    await host.system.advance(30_000);
    expect(host.allocator.state).toBe(state);
    expect(host.allocator.status().jumpsConfirmed).toBe(confirmed);
  });
});
