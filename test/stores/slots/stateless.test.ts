import { describe, expect, it } from 'vitest';
import { SnowflakeAllocator } from '../../../src/allocators/snowflake/snowflake-allocator.ts';
import { StatelessSlotStore } from '../../../src/stores/slots/stateless.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

const LOOKAHEAD_MS = 3000;
const T0_MS = 1_790_000_000_000;

function instance(wallMs: number) {
  const system = new VirtualSystem({ wallMs });
  const store = new StatelessSlotStore({ workerId: 7, system, lookaheadMs: LOOKAHEAD_MS });
  return { system, allocator: new SnowflakeAllocator({ store, system }) };
}

describe('a fixed worker ID without a data directory', () => {
  it('waits out the lookahead at start and says so, and what the risk is', async () => {
    const { system, allocator } = instance(T0_MS);
    void allocator.start();
    await system.advance(LOOKAHEAD_MS);
    expect(allocator.state).toBe('starting');
    expect(allocator.source().tryNext()).toBeUndefined();
    expect(system.logged('warn')).toMatchObject([{ fields: { workerId: 7, waitMs: LOOKAHEAD_MS } }]);
    expect(system.logged('warn')[0]!.message).toMatch(/two instances with this number would give the same IDs/);
    await system.advance(1100);
    const decoded = allocator.decode(allocator.source().tryNext()!);
    expect(decoded.workerId).toBe(7);
    expect(decoded.timeMs).toBeGreaterThan(T0_MS + LOOKAHEAD_MS);
    await allocator.stop();
  });

  it('gives no ID again after a crash of an instance that had absorbed a rollback', async () => {
    const first = instance(T0_MS);
    void first.allocator.start();
    await first.system.advance(LOOKAHEAD_MS + 1100);
    first.allocator.source().tryNext();
    first.system.stepWall(-2000);
    const last = first.allocator.source().tryNext()!;
    const second = instance(first.system.clock.wallMs());
    void second.allocator.start();
    let next: bigint | undefined;
    for (let i = 0; i < 1000 && next === undefined; i++) {
      await second.system.advance(10);
      next = second.allocator.source().tryNext();
    }
    expect(next).toBeGreaterThan(last);
  });

  it('goes on for days: its records cannot fail', async () => {
    const { system, allocator } = instance(T0_MS);
    void allocator.start();
    await system.advance(60_000);
    expect(allocator.status()).toMatchObject({ state: 'ready', fences: 0, renewals: { unknown: 0, lost: 0 } });
    await allocator.stop();
    expect(system.pendingTimers).toBe(0);
  });
});
