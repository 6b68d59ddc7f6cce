import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rates } from '../../../src/allocators/segment/rate-estimate.ts';
import { lowMarkIds, type StepLimits, stepIdsFor } from '../../../src/allocators/segment/step-policy.ts';
import { STEP_MAX_IDS } from '../../../src/stores/range-store.ts';

const TARGET_MS = 900_000;
const LIMITS: StepLimits = { tableStepIds: 1000, targetMs: TARGET_MS, stepMaxIds: 1e9 };
/** IDs a second. */
const rates = (latest: number, brief = latest, usual = latest): Rates => ({
  latest: latest / 1000,
  brief: brief / 1000,
  usual: usual / 1000,
});
const limits = (change: Partial<StepLimits>) => ({ ...LIMITS, ...change });

const ids = fc.integer({ min: 1, max: STEP_MAX_IDS });
const anyRate = fc.double({ min: 0, max: 2 ** 63, noNaN: true });
const anyRates = fc.record({ latest: anyRate, brief: anyRate, usual: anyRate });
const anyLimits = fc.record({
  tableStepIds: ids,
  stepMaxIds: ids,
  targetMs: fc.integer({ min: 1000, max: 86_400_000 }),
});

describe('stepIdsFor', () => {
  it.each([
    ['is the step of the table while nothing is known', rates(0), 0, {}, 1000],
    ['is the rate times the target', rates(2000), 1_350_000, {}, 1_800_000],
    ['goes by the brief rate in a burst', rates(0, 200_000, 2000), 100_000_000, {}, 180_000_000],
    ['goes by the usual rate in a lull', rates(0, 0, 2000), 1_350_000, {}, 1_800_000],
    ['fills up to the target where less than half of it is left', rates(2000), 800_000, {}, 1_000_000],
    ['never falls below the step of the table', rates(1), 0, {}, 1000],
    ['nor when little is lacking', rates(2), 899, {}, 1000],
    ['ends its growth at the limit', rates(2000), 1_350_000, { stepMaxIds: 50_000 }, 50_000],
    ['honours a step of the table above the limit', rates(9), 0, { tableStepIds: 70_000, stepMaxIds: 50_000 }, 70_000],
    ['never passes 2^31 - 1', rates(1e9), 0, { stepMaxIds: STEP_MAX_IDS }, STEP_MAX_IDS],
  ])('%s', (_, rate, leftIds, change, expected) => {
    expect(stepIdsFor(rate, leftIds, limits(change))).toBe(expected);
  });

  it('never leaves 1 to 2^31 - 1, nor the bounds of the table and the limit, whatever the figures', () => {
    const anyLeft = fc.double({ min: 0, max: 2 ** 63, noNaN: true });
    fc.assert(
      fc.property(anyRates, anyLeft, anyLimits, (rate, left, limit) => {
        const step = stepIdsFor(rate, Math.floor(left), limit);
        expect(Number.isInteger(step)).toBe(true);
        expect(step).toBeGreaterThanOrEqual(limit.tableStepIds);
        expect(step).toBeLessThanOrEqual(Math.max(limit.tableStepIds, limit.stepMaxIds));
      }),
    );
  });
});

describe('lowMarkIds', () => {
  it.each([
    ['is three quarters of a target at the usual rate', rates(2000), 50, {}, 1_350_000],
    ['whatever the burst of the moment', rates(200_000, 200_000, 2000), 50, {}, 1_350_000],
    ['is three quarters of the step of the table at least', rates(0.01), 50, {}, 750],
    ['is one ID at least', rates(0), 0, { tableStepIds: 1 }, 1],
    ['is what a burst uses up in twice the p99 and a failed try', rates(1e7, 1e4, 1e3), 100, {}, 3_000_000],
    ['and goes by that at a rate beyond the limit of the step', rates(1e6, 1e6, 0), 500, { stepMaxIds: 10 }, 1_100_000],
    ['takes what is longer than an eighth of the target for an outage', rates(1000, 0, 0), 1e9, {}, 112_500],
  ])('%s', (_, rate, p99Ms, change, expected) => {
    expect(lowMarkIds(rate, p99Ms, limits(change))).toBe(expected);
  });

  it('is an integer of 1 or more, whatever the figures', () => {
    fc.assert(
      fc.property(anyRates, anyRate, anyLimits, (rate, p99Ms, limit) => {
        const mark = lowMarkIds(rate, p99Ms, limit);
        expect(Number.isInteger(mark)).toBe(true);
        expect(mark).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});
