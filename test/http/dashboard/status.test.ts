import { describe, expect, it } from 'vitest';
import { ago, duration, rate, short } from '../../../src/http/dashboard/assets/format.js';
import { pauseMs } from '../../../src/http/dashboard/assets/poller.js';
import { Rates } from '../../../src/http/dashboard/assets/rates.js';
import { issuedOf, processesOf, refusalsOf, tagRows } from '../../../src/http/dashboard/assets/status.js';
import { aSegment, aStatus, aTag } from './a-status.ts';

describe('what the page makes of several processes', () => {
  it('sums a tag over them, and shows the worst where a sum would hide it', () => {
    const first = aSegment({ tags: [aTag('order')] });
    const second = aSegment({
      tags: [
        aTag('order', { remaining: '100', secondsToEmpty: 10, failure: 'STORE_UNAVAILABLE', lastFetchAgoMs: 9000 }),
      ],
    });
    expect(tagRows([first, second], 'rate')).toEqual([
      {
        tag: 'order',
        stepIds: 1000,
        fill: 0.5,
        remaining: 1000,
        reserved: 2000,
        issued: 200,
        idsPerSecond: 20,
        secondsToEmpty: 10,
        waiters: 0,
        rewound: false,
        failure: 'STORE_UNAVAILABLE',
        lastFetch: { outcome: 'ok', durationMs: 2, agoMs: 5000 },
      },
    ]);
  });

  it('orders tags as the service does, those that fail first', () => {
    const tags = [
      aTag('a', { idsPerSecond: 1, secondsToEmpty: null, lastFetchAgoMs: 1, issued: '0' }),
      aTag('b', { idsPerSecond: 3, secondsToEmpty: 9, lastFetchAgoMs: null }),
      aTag('c', { idsPerSecond: 2, secondsToEmpty: 5, lastFetchAgoMs: 2, issued: '900' }),
      aTag('z', { failure: 'STORE_UNAVAILABLE', idsPerSecond: 0 }),
    ];
    const ordered = (order: string) => tagRows([aSegment({ tags })], order).map(each => each.tag);
    expect(ordered('rate')).toEqual(['z', 'b', 'c', 'a']);
    expect(ordered('name')).toEqual(['z', 'a', 'b', 'c']);
    expect(ordered('empty')).toEqual(['z', 'c', 'b', 'a']);
    expect(ordered('waste')).toEqual(['z', 'a', 'b', 'c']);
    expect(ordered('fetch')).toEqual(['z', 'a', 'c', 'b']);
  });

  it('sums refusals by code, with the latest text', () => {
    const refusal = (count: number, agoMs: number) => ({ code: 'UNKNOWN_TAG', count, agoMs, text: `${agoMs}` });
    const answers = [aStatus({ refusals: [refusal(2, 500)] }), aStatus({ refusals: [refusal(3, 100)] })];
    expect(refusalsOf(answers)).toEqual([{ code: 'UNKNOWN_TAG', count: 5, agoMs: 100, text: '100' }]);
    expect(issuedOf(answers)).toEqual({ segment: 200, snowflake: 14, uuid: 0 });
  });

  it('takes a service that tells of none as one', () => {
    const status = aStatus();
    expect(processesOf(status)).toEqual([{ index: 0, pid: 17, state: 'ready', status }]);
  });
});

describe('rates between answers', () => {
  const sums = (segment: number) => ({ segment, snowflake: 0, uuid: 0 });

  it('are of the last ten seconds, and none before the second answer', () => {
    const rates = new Rates();
    rates.add('a', 0, sums(0));
    expect(rates.perSecond()).toBeUndefined();
    for (let second = 2; second <= 20; second += 2) rates.add('a', second * 1000, sums(second <= 10 ? 0 : second * 5));
    expect(rates.perSecond()?.segment).toBe(10);
  });

  it('begin anew when another process answers, or the same one was started again', () => {
    const rates = new Rates();
    rates.add('a', 0, sums(100));
    rates.add('b', 1000, sums(900));
    expect(rates.perSecond()).toBeUndefined();
    rates.add('b', 2000, sums(5));
    expect(rates.perSecond()).toBeUndefined();
  });
});

describe('polling', () => {
  it('is seldom while nobody looks, and less and less often while nothing answers', () => {
    expect([0, 1, 2, 3, 4, 5, 50].map(failures => pauseMs(failures, false))).toEqual([
      2000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
    expect(pauseMs(0, true)).toBe(30_000);
  });
});

describe('figures', () => {
  it('are short, with their units', () => {
    const ms = [0, 350, 999.6, 1500, 59_600, 90_000, 5_400_000, 86_400_000 * 3, 1.7e12, -2500];
    expect(ms.map(duration)).toEqual([
      '0 ms',
      '350 ms',
      '1 s',
      '1.5 s',
      '1 min',
      '1.5 min',
      '1.5 h',
      '3 d',
      '54 years',
      '−2.5 s',
    ]);
    expect([0, 999, 12_400].map(ago)).toEqual(['just now', 'just now', '12 s ago']);
    expect([0, 0.01, 7.26, 150.4, 123_456].map(rate)).toEqual(['0', '<0.1', '7.3', '150', '123.5K']);
    expect([9999, 10_000, 2_900_000].map(short)).toEqual(['9,999', '10K', '2.9M']);
  });
});
