import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Rate, TokenBucket } from '../../../src/http/limits/token-bucket.ts';

const RATE: fc.Arbitrary<Rate> = fc.record({
  perSecond: fc.double({ min: 0.1, max: 1e9, noNaN: true }),
  burst: fc.double({ min: 1, max: 1e9, noNaN: true }),
});
/** Pauses in milliseconds and how much of the burst is asked for after each. */
const ASKS = fc.array(
  fc.tuple(fc.double({ min: 0, max: 5000, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  {
    minLength: 1,
    maxLength: 60,
  },
);

describe('a token bucket', () => {
  it('never gives more in a time than its burst and what flows in', () => {
    fc.assert(
      fc.property(RATE, ASKS, (rate, asks) => {
        const bucket = new TokenBucket();
        const taken: [atMs: number, cost: number][] = [];
        let nowMs = 0;
        for (const [pauseMs, share] of asks) {
          nowMs += pauseMs;
          const cost = share * rate.burst;
          if (bucket.take(cost, rate, nowMs) === 0) taken.push([nowMs, cost]);
        }
        for (const [i, [fromMs]] of taken.entries()) {
          let sum = 0;
          for (const [atMs, cost] of taken.slice(i)) {
            sum += cost;
            const most = rate.burst + ((atMs - fromMs) * rate.perSecond) / 1000;
            expect(sum).toBeLessThanOrEqual(most + (1e-2 * rate.perSecond) / 1000 + 1e-6 * most);
          }
        }
      }),
    );
  });

  it('says truly how long to wait: then it passes, and a moment earlier it does not', () => {
    fc.assert(
      fc.property(RATE, ASKS, (rate, asks) => {
        const bucket = new TokenBucket();
        let nowMs = 0;
        for (const [pauseMs, share] of asks) {
          nowMs += pauseMs;
          const cost = share * rate.burst;
          const waitMs = bucket.take(cost, rate, nowMs);
          if (waitMs === 0) continue;
          if (waitMs > 1) expect(bucket.take(cost, rate, nowMs + waitMs * 0.99 - 0.01)).toBeGreaterThan(0);
          nowMs += waitMs;
          expect(bucket.take(cost, rate, nowMs)).toBe(0);
        }
      }),
    );
  });

  it('has its burst after a pause, however long, and no more', () => {
    const rate = { perSecond: 10, burst: 5 };
    const bucket = new TokenBucket();
    for (const startMs of [0, 1e9]) {
      expect(bucket.level(rate, startMs)).toBe(5);
      for (let left = 5; left > 0; left--) expect(bucket.take(1, rate, startMs)).toBe(0);
      expect(bucket.level(rate, startMs)).toBe(0);
      expect(bucket.take(1, rate, startMs)).toBeCloseTo(100);
      expect(bucket.take(3, rate, startMs + 200)).toBeCloseTo(100);
      expect(bucket.level(rate, startMs + 200)).toBeCloseTo(2);
    }
  });

  it('lets what costs nothing pass when it is empty', () => {
    const rate = { perSecond: 1, burst: 1 };
    const bucket = new TokenBucket();
    expect(bucket.take(1, rate, 0)).toBe(0);
    expect(bucket.take(0, rate, 0)).toBe(0);
    expect(bucket.take(1, rate, 0)).toBeCloseTo(1000);
  });
});
