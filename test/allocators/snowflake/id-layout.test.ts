import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LAYOUT, IdLayout } from '../../../src/allocators/snowflake/id-layout.ts';
import { FrondError } from '../../../src/errors.ts';
import type { SlotLayout } from '../../../src/stores/slot-store.ts';

const NOW_MS = 1_790_000_000_000;

function refusalOf(change: Partial<SlotLayout>): { setting: string; problem: string } {
  try {
    new IdLayout({ ...DEFAULT_LAYOUT, ...change });
  } catch (error) {
    if (error instanceof FrondError && error.code === 'INVALID_CONFIG') return error.details as never;
    throw error;
  }
  throw new Error('the layout was accepted');
}

describe('ID layout', () => {
  it('is by default that of Leaf and reads an ID as Leaf does', () => {
    const layout = new IdLayout(DEFAULT_LAYOUT);
    expect(layout.toJSON()).toEqual({ epochMs: 1288834974657, timeBits: 41, workerBits: 10, sequenceBits: 12 });
    expect([layout.maxWorkerId, layout.maxSequence]).toEqual([1023, 4095]);
    const id = ((1567733700834n - 1288834974657n) << 22n) | (39n << 12n) | 3448n;
    expect(layout.decode(id)).toEqual({ timeMs: 1567733700834, workerId: 39, sequence: 3448 });
    expect(layout.compose(1567733700834, 39, 3448)).toBe(id);
  });

  it('ends in 2080 by default', () => {
    const layout = new IdLayout(DEFAULT_LAYOUT);
    expect(layout.lastTimeMs).toBe(1288834974657 + 2 ** 41 - 1);
    expect(layout.remainingLifeMs(NOW_MS)).toBe(layout.lastTimeMs - NOW_MS);
    expect(layout.remainingLifeMs(layout.lastTimeMs + 5)).toBe(0);
    expect(new Date(layout.lastTimeMs).getUTCFullYear()).toBe(2080);
  });

  it('reads back what it composes, whatever the bits', () => {
    const bits = fc
      .record({
        timeBits: fc.integer({ min: 1, max: 52 }),
        workerBits: fc.integer({ min: 0, max: 31 }),
        sequenceBits: fc.integer({ min: 1, max: 31 }),
      })
      .filter(b => b.workerBits + b.sequenceBits <= 32 && b.timeBits + b.workerBits + b.sequenceBits <= 63);
    const parts = fc.tuple(
      ...Array.from({ length: 3 }, () => fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
    );
    fc.assert(
      fc.property(bits, parts, (b, [time, worker, sequence]) => {
        const layout = new IdLayout({ epochMs: 1000, ...b });
        const of = {
          timeMs: layout.epochMs + Math.floor(time! * 2 ** b.timeBits),
          workerId: Math.floor(worker! * (layout.maxWorkerId + 1)),
          sequence: Math.floor(sequence! * (layout.maxSequence + 1)),
        };
        const id = layout.compose(of.timeMs, of.workerId, of.sequence);
        expect(id >= 0n && id < 2n ** 63n).toBe(true);
        expect(layout.decode(id)).toEqual(of);
      }),
      { seed: 20260102 },
    );
  });

  it.each([-1n, 2n ** 63n, 5 as unknown as bigint])('refuses to decode %s', id => {
    const layout = new IdLayout(DEFAULT_LAYOUT);
    expect(() => layout.decode(id)).toThrow(/id is/);
  });

  it.each([
    [{ timeBits: 0 }, 'FROND_TIME_BITS', ['0', '1 to 52']],
    [{ timeBits: 53 }, 'FROND_TIME_BITS', ['53', '1 to 52']],
    [{ timeBits: 41.5 }, 'FROND_TIME_BITS', ['41.5']],
    [{ workerBits: -1 }, 'FROND_WORKER_BITS', ['-1', '0 to 31']],
    [{ workerBits: 32 }, 'FROND_WORKER_BITS', ['32', '0 to 31']],
    [{ sequenceBits: 0 }, 'FROND_SEQUENCE_BITS', ['0', '1 to 31']],
    [{ sequenceBits: 32 }, 'FROND_SEQUENCE_BITS', ['32', '1 to 31']],
    [{ workerBits: 12, sequenceBits: 21, timeBits: 30 }, 'FROND_WORKER_BITS', ['33', '32']],
    [{ timeBits: 42 }, 'FROND_TIME_BITS', ['64', '63']],
    [{ epochMs: -1 }, 'FROND_EPOCH_MS', ['-1', '0 to 4503599627370496']],
    [{ epochMs: 1.5 }, 'FROND_EPOCH_MS', ['1.5']],
    [{ epochMs: Number.NaN }, 'FROND_EPOCH_MS', ['NaN']],
    [{ epochMs: 2 ** 52 + 1 }, 'FROND_EPOCH_MS', ['4503599627370497', '0 to 4503599627370496']],
  ])('refuses %j, naming %s, its value and its bounds', (change, setting, numbers) => {
    const refusal = refusalOf(change);
    expect(refusal.setting).toBe(setting);
    for (const number of numbers) expect(refusal.problem).toContain(number);
  });

  it('knows no clock, which may not be set yet: an epoch to come and a layout that is used up are layouts', () => {
    const used = new IdLayout({ ...DEFAULT_LAYOUT, epochMs: 0, timeBits: 30 });
    expect(used.remainingLifeMs(NOW_MS)).toBe(0);
    const toCome = new IdLayout({ epochMs: 2 ** 52, timeBits: 52, workerBits: 1, sequenceBits: 1 });
    expect(Number.isSafeInteger(toCome.lastTimeMs)).toBe(true);
  });

  it('refuses to decode what has a bit above those of the layout', () => {
    const layout = new IdLayout({ ...DEFAULT_LAYOUT, workerBits: 5, sequenceBits: 4 });
    expect(layout.decode(2n ** 50n - 1n)).toEqual({ timeMs: layout.lastTimeMs, workerId: 31, sequence: 15 });
    expect(() => layout.decode(2n ** 50n)).toThrow('expected an integer from 0 to 1125899906842623');
    expect(() => layout.decode(2n ** 63n - 1n)).toThrow(FrondError);
  });
});
