import { describe, expect, it } from 'vitest';
import { RateEstimate } from '../../../src/allocators/segment/rate-estimate.ts';

const USUAL_MS = 100_000;

/** An estimate that has just got its first range, at 0 ms. */
function running(): RateEstimate {
  const rate = new RateEstimate(USUAL_MS);
  rate.resume(0);
  return rate;
}

/** IDs a second, rounded. */
function perSecond(rate: RateEstimate, nowMs: number, issuedIds: number) {
  const { latest, brief, usual } = rate.at(nowMs, issuedIds);
  return { latest: Math.round(latest * 1000), brief: Math.round(brief * 1000), usual: Math.round(usual * 1000) };
}

describe('RateEstimate', () => {
  it('knows nothing before the first ID, nor from one alone', () => {
    const rate = new RateEstimate(USUAL_MS);
    expect(rate.starved).toBe(true);
    expect(perSecond(rate, 5000, 0)).toEqual({ latest: 0, brief: 0, usual: 0 });
    rate.resume(5000);
    expect(perSecond(rate, 5000, 1)).toEqual({ latest: 0, brief: 0, usual: 0 });
  });

  it('is exact about any steady traffic that lasted for the window', () => {
    const rate = running();
    expect(perSecond(rate, 200_000, 400_001)).toEqual({ latest: 2000, brief: 2000, usual: 2000 });
  });

  it('spreads a burst of a moment over a quarter of a second, and over the usual time', () => {
    expect(perSecond(running(), 0, 10_001)).toEqual({ latest: 1_000_000, brief: 40_000, usual: 100 });
    expect(perSecond(running(), 1, 10_001)).toEqual({ latest: 1_000_000, brief: 40_000, usual: 100 });
  });

  it('takes what was before the first ID for silence, in the usual rate of a tag that may be one burst', () => {
    expect(perSecond(running(), 10_000, 20_001)).toEqual({ latest: 2000, brief: 2000, usual: 200 });
    expect(perSecond(running(), 12_499, 24_999)).toEqual({ latest: 2000, brief: 2000, usual: 250 });
  });

  it('is exact about steady traffic from an eighth of the window on, however often it is looked at', () => {
    expect(perSecond(running(), 12_500, 25_001)).toEqual({ latest: 2000, brief: 2000, usual: 2000 });
    const rate = running();
    for (let seconds = 1; seconds <= 60; seconds++) {
      const usual = perSecond(rate, seconds * 1000, seconds * 2000 + 1).usual;
      if (seconds > 13) expect(usual).toBe(2000);
      rate.look(seconds * 1000, seconds * 2000 + 1);
    }
  });

  it('forgets a burst: the brief rate at once, the usual one when the window has passed', () => {
    const rate = running();
    rate.look(1000, 100_001);
    expect(perSecond(rate, 2000, 100_001)).toEqual({ latest: 0, brief: 0, usual: 1000 });
    rate.look(50_000, 100_001);
    // The mean of its life.
    expect(perSecond(rate, 50_000, 100_001).usual).toBe(2000);
    // Between the looks at 0 and 50 seconds it may have come at any time.
    expect(perSecond(rate, 125_000, 100_001).usual).toBe(500);
    expect(perSecond(rate, 150_000, 100_001).usual).toBe(0);
  });

  it.each([0.1, 1, 30])('knows a new rate wholly one window after the old one ended, looked at each %d s', seconds => {
    const rate = running();
    let issuedIds = 1;
    const use = (fromS: number, toS: number, perS: number) => {
      for (let at = fromS; at < toS; at += seconds) {
        rate.look(at * 1000, issuedIds);
        issuedIds += perS * seconds;
      }
    };
    use(0, 600, 20);
    use(600, 660, 60);
    expect(perSecond(rate, 660_000, issuedIds).usual).toBe(44);
    use(660, 720, 60);
    expect(perSecond(rate, 720_000, issuedIds).usual).toBe(60);
    use(720, 840, 0);
    expect(perSecond(rate, 840_000, issuedIds).usual).toBe(0);
  });

  it('does not count time in which there was nothing to give', () => {
    const rate = running();
    rate.look(100, 1001);
    rate.starve(200, 2001);
    expect(perSecond(rate, 90_000, 2001)).toEqual({ latest: 10_000, brief: 6400, usual: 20 });
    rate.resume(90_000);
    expect(perSecond(rate, 90_000, 2001)).toEqual({ latest: 10_000, brief: 6400, usual: 20 });
    expect(perSecond(rate, 90_100, 3002).latest).toBe(10_000);
  });

  it('keeps the first moment of an empty buffer however often it is told', () => {
    const rate = running();
    rate.starve(100, 1001);
    rate.starve(5000, 1001);
    rate.resume(6000);
    rate.resume(7000);
    expect(perSecond(rate, 6100, 2002)).toMatchObject({ latest: 10_000 });
  });

  it('lets looks in quick succession pass, so that none takes the burst out of the next', () => {
    const rate = running();
    rate.look(50, 501);
    rate.look(51, 501);
    expect(perSecond(rate, 52, 501).latest).toBe(10_000);
    expect(perSecond(rate, 51, 10_501).latest).toBe(1_000_000);
  });

  it('changes nothing when it is only asked', () => {
    const rate = running();
    const before = perSecond(rate, 1000, 5001);
    perSecond(rate, 500_000, 9001);
    expect(perSecond(rate, 1000, 5001)).toEqual(before);
  });

  it('never says less than nothing, should the clock or the count go back', () => {
    const rate = running();
    rate.look(1000, 1001);
    const { latest, brief, usual } = rate.at(500, 900);
    expect(Math.min(latest, brief, usual)).toBeGreaterThanOrEqual(0);
  });
});
