import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextStepIds, StepPolicy } from '../../../src/allocators/segment/step-policy.ts';
import { STEP_MAX_IDS } from '../../../src/stores/range-store.ts';

const MINUTE_MS = 60_000;
const TARGET_MS = 15 * MINUTE_MS;
const step = (stepIds: number, lastedMs: number, change: { tableStepIds?: number; stepMaxIds?: number } = {}) =>
  nextStepIds({ stepIds, lastedMs, tableStepIds: 1000, targetMs: TARGET_MS, stepMaxIds: 1_000_000, ...change });

describe('nextStepIds', () => {
  it.each([
    ['doubles after less than 15 minutes', 2000, 15 * MINUTE_MS - 1, 4000],
    ['stays from 15 minutes on', 2000, 15 * MINUTE_MS, 2000],
    ['stays until 30 minutes', 2000, 30 * MINUTE_MS - 1, 2000],
    ['halves from 30 minutes on', 4000, 30 * MINUTE_MS, 2000],
    ['rounds half of an odd step down', 4001, 60 * MINUTE_MS, 2000],
    ['never falls below the step of the table', 1500, 60 * MINUTE_MS, 1000],
    ['ends its growth at the limit', 600_000, 1, 1_000_000],
    ['stays at the limit', 1_000_000, 1, 1_000_000],
  ])('%s', (_, stepIds, lastedMs, expected) => {
    expect(step(stepIds, lastedMs)).toBe(expected);
  });

  it('honours a step of the table that is above the limit', () => {
    expect(step(5_000_000, 1, { tableStepIds: 5_000_000 })).toBe(5_000_000);
    expect(step(5_000_000, 60 * MINUTE_MS, { tableStepIds: 5_000_000 })).toBe(5_000_000);
  });

  it('never leaves 1 to 2^31 - 1, nor the bounds of the table and the limit', () => {
    const ids = fc.integer({ min: 1, max: STEP_MAX_IDS });
    fc.assert(
      fc.property(ids, ids, ids, fc.double({ min: 0, max: 1e12, noNaN: true }), (a, b, c, lastedMs) => {
        const next = step(a, lastedMs, { tableStepIds: b, stepMaxIds: c });
        expect(Number.isInteger(next)).toBe(true);
        expect(next).toBeGreaterThanOrEqual(b);
        expect(next).toBeLessThanOrEqual(Math.max(b, c));
      }),
    );
  });
});

describe('StepPolicy', () => {
  const load = (policy: StepPolicy, nowMs: number) => {
    const plan = policy.plan(nowMs);
    policy.loaded(plan, nowMs);
    return plan.stepIds;
  };

  it('asks for the step of the table twice, and then by the life of the range', () => {
    const policy = new StepPolicy(1000, TARGET_MS, 1_000_000);
    expect([load(policy, 0), load(policy, 10), load(policy, 20), load(policy, 30)]).toEqual([1000, 1000, 2000, 4000]);
    expect(load(policy, 30 + 20 * MINUTE_MS)).toBe(4000);
    expect(load(policy, 30 + 60 * MINUTE_MS)).toBe(2000);
  });

  it('does not grow by fetches that fail', () => {
    const policy = new StepPolicy(1000, TARGET_MS, 1_000_000);
    load(policy, 0);
    load(policy, 10);
    for (let i = 0; i < 10; i++) expect(policy.plan(20 + i).stepIds).toBe(2000);
    expect(policy.stepIds).toBe(1000);
  });

  it('starts over from a new step in the table, larger or smaller, also while a fetch is under way', () => {
    const policy = new StepPolicy(1000, TARGET_MS, 1_000_000);
    load(policy, 0);
    load(policy, 1);
    const inFlight = policy.plan(2);
    policy.learn(50);
    policy.loaded(inFlight, 3);
    expect(policy.stepIds).toBe(50);
    expect([load(policy, 4), load(policy, 5)]).toEqual([50, 100]);
    policy.learn(30_000);
    expect([load(policy, 6), load(policy, 7)]).toEqual([30_000, 60_000]);
    expect(policy.tableStepIds).toBe(30_000);
  });
});
