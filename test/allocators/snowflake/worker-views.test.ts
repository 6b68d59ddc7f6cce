import { describe, expect, it } from 'vitest';
import { viewOf } from '../../../src/allocators/snowflake/worker-views.ts';
import type { Slot } from '../../../src/stores/slot-store.ts';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { T0_MS, VirtualHost } from './host.ts';

function slot(state: 'held' | 'released', boundMs: number): Slot {
  const owner = { host: 'h', port: null, pid: 1 };
  const data = { token: 't', incarnation: 1, renewal: 0, hwmMs: T0_MS, boundMs, state, owner };
  return { workerId: 0, version: 1, data };
}

describe('the view of a worker ID', () => {
  it.each([
    ['held', T0_MS + 5, undefined, { free: false, freeAtMs: T0_MS + 6 }],
    ['held', T0_MS, undefined, { free: false, freeAtMs: T0_MS + 1 }],
    ['held', T0_MS - 1, undefined, { free: true, why: 'its bound has passed' }],
    ['held', T0_MS - 1, true, { free: false, why: 'its holder lives', freeAtMs: null }],
    ['held', T0_MS + 5, false, { free: false, freeAtMs: T0_MS + 6 }],
    ['released', T0_MS + 5, undefined, { free: false, freeAtMs: T0_MS + 6 }],
    ['released', T0_MS - 1, undefined, { free: true, why: 'released' }],
  ] as const)('%s up to %d, holder alive: %s, without proof of death', (state, boundMs, holderLives, expected) => {
    const at = { provesDeath: false, nowMs: T0_MS, holderLives };
    expect(viewOf(slot(state, boundMs), at)).toMatchObject(expected);
  });

  it.each([
    ['held', true, { free: false, why: 'its holder lives' }],
    ['held', false, { free: true, why: 'its holder has ended' }],
    ['held', undefined, { free: false }],
    ['released', undefined, { free: true, why: 'released' }],
    ['released', true, { free: false, why: 'its holder lives' }],
  ] as const)('%s, holder alive: %s, with proof of death, never waits for a clock', (state, holderLives, expected) => {
    const at = { provesDeath: true, nowMs: T0_MS, holderLives };
    expect(viewOf(slot(state, T0_MS + 5), at)).toMatchObject({ ...expected, freeAtMs: null });
  });

  it('agrees with what a starting instance does', async () => {
    const slots = new MemorySlots({ timeMs: () => T0_MS });
    const first = await new VirtualHost(slots, { workerBits: 1, allowanceMs: 0 }).start();
    first.mint();
    expect(await first.allocator.listWorkers()).toMatchObject([{ workerId: 0, free: false, why: 'its holder lives' }]);
    await first.stop();
    const second = await new VirtualHost(slots, { workerBits: 1 }, { wallMs: T0_MS + 60 }).start();
    expect(second.allocator.workerId).toBe(0);
    expect(await second.allocator.listWorkers()).toMatchObject([{ incarnation: 2, state: 'held' }]);
  });

  it('is an error while the store is away', async () => {
    const host = await new VirtualHost(new MemorySlots()).start();
    host.store.down = true;
    await expect(host.allocator.listWorkers()).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
  });
});
