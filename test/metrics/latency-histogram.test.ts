import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LATENCY_BOUNDS_SECONDS, LatencyHistogram } from '../../src/metrics/latency-histogram.ts';

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.observe(value);
  return histogram;
}

describe('LatencyHistogram', () => {
  it('has bounds from 0.1 ms, doubling to beyond 10 s', () => {
    expect(LATENCY_BOUNDS_SECONDS[0]).toBe(0.0001);
    expect(LATENCY_BOUNDS_SECONDS[1]).toBe(0.0002);
    expect(LATENCY_BOUNDS_SECONDS.at(-1)).toBeCloseTo(13.1072, 10);
  });

  it('counts every observation below a bound in that bound and all later ones', () => {
    const ms = fc.double({ min: 0, max: 20_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(ms, { maxLength: 50 }), values => {
        const histogram = histogramOf(values);
        for (const { le, count } of histogram.cumulative()) {
          expect(count).toBe(values.filter(value => value < le * 1000).length);
        }
        expect(histogram.count).toBe(values.length);
        expect(histogram.sumSeconds).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 1000, 6);
      }),
    );
  });

  it('gives quantiles that are at most a quarter (and its finest grain) too high, never too low', () => {
    const ms = fc.double({ min: 0.01, max: 10_000, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(ms, { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil(values.length * q)) - 1]!;
          const told = histogramOf(values).quantileMs(q)!;
          expect(told).toBeGreaterThanOrEqual(exact);
          expect(told).toBeLessThanOrEqual(exact * 1.25 + 1 / 640);
        },
      ),
    );
  });

  it('knows no quantile before the first observation and calls the end of the scale infinite', () => {
    expect(new LatencyHistogram().quantileMs(0.5)).toBeUndefined();
    expect(histogramOf([1e9, Number.NaN]).quantileMs(0.5)).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes a negative duration for none', () => {
    const histogram = histogramOf([-5]);
    expect(histogram.cumulative()[0]).toEqual({ le: 0.0001, count: 1 });
    expect(histogram.sumSeconds).toBe(0);
  });
});
