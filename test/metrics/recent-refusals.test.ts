import { expect, it } from 'vitest';
import { RecentRefusals } from '../../src/metrics/recent-refusals.ts';

it('recent refusals are one for each code, the latest first, with texts of bounded length', () => {
  let nowMs = 0;
  const refusals = new RecentRefusals({ monotonicMs: () => nowMs });
  refusals.record('UNKNOWN_TAG', 'first');
  nowMs = 1000;
  refusals.record('NOT_FOUND', 'x'.repeat(5000));
  nowMs = 3000;
  refusals.record('UNKNOWN_TAG', 'second');
  nowMs = 3500;
  expect(refusals.list()).toEqual([
    { code: 'UNKNOWN_TAG', count: 2, agoMs: 500, text: 'second' },
    { code: 'NOT_FOUND', count: 1, agoMs: 2500, text: `${'x'.repeat(300)}…` },
  ]);
});
