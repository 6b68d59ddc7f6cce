import { describe, expect, it } from 'vitest';
import { awayOf, findingsOf } from '../../../src/http/dashboard/assets/verdict.js';
import { aSegment, aSnowflake, aStatus, aTag } from './a-status.ts';

const used = (given: object) => ({ ...aSegment().used, ...given });
const texts = (status: Parameters<typeof findingsOf>[0]) =>
  findingsOf(status).map(each => `${each.level}: ${each.text}`);

describe('what the status page says first', () => {
  it('that all is well, and which tag would be empty first', () => {
    expect(findingsOf(aStatus())).toEqual([
      {
        level: 'well',
        key: 'well',
        text: 'All is well: segment, snowflake and UUID IDs are given.',
        more: 'Were the range store away from now on, order would be empty first, in 1.5 min.',
      },
    ]);
  });

  it('leaves out kinds that are off', () => {
    expect(texts(aStatus({ segment: 'off' }))).toEqual(['well: All is well: snowflake and UUID IDs are given.']);
  });

  it('knows a service that nobody has asked', () => {
    const segment = aSegment({ issued: '0', tags: [], used: used({ count: 0, soonestEmpty: null }) });
    expect(texts(aStatus({ segment, snowflake: aSnowflake({ issued: '0' }) }))[0]).toContain('Nobody has asked');
  });

  it('puts a refusal before what only needs watching', () => {
    const segment = aSegment({ health: { risks: ['sync_binlog is 0'] } });
    const snowflake = aSnowflake({ state: 'refusing', failure: 'CLOCK_BEHIND', reason: 'The clock is 9 ms behind' });
    expect(texts(aStatus({ segment, snowflake }))).toEqual([
      'ill: Snowflake IDs are refused (CLOCK_BEHIND).',
      'watch: The database may forget: sync_binlog is 0',
    ]);
    expect(findingsOf(aStatus({ segment, snowflake }))[0].more).toBe('The clock is 9 ms behind');
  });

  it('tells a store that is away with IDs at hand from one that leaves tags empty', () => {
    const failing = aTag('order', { failure: 'STORE_UNAVAILABLE', lastFetchOutcome: 'failed' });
    const goesOn = aSegment({ tags: [failing], used: used({ failing: 1 }) });
    expect(texts(aStatus({ segment: goesOn }))).toEqual([
      'watch: The range store does not answer. IDs go on from what is at hand: order is empty first, in 1.5 min.',
    ]);
    const storeFailure = { code: 'STORE_UNAVAILABLE', reason: 'connect ECONNREFUSED', silentMs: 900 };
    expect(texts(aStatus({ segment: aSegment({ storeFailure }) }))).toEqual([
      'watch: The range store does not answer. No tag needs it yet: order is empty first, in 1.5 min.',
    ]);
    const mores = (given: object) => findingsOf(aStatus({ segment: aSegment(given) })).map(({ more }) => more);
    expect(mores({ tags: [failing], storeFailure })).toEqual(['connect ECONNREFUSED']);
    expect(mores({ tags: [{ ...failing, remaining: '0' }], storeFailure })).toEqual(['connect ECONNREFUSED']);
    expect(mores({ state: 'refusing', failure: 'STORE_UNAVAILABLE', storeFailure })).toEqual(['connect ECONNREFUSED']);
    const damaged = { ...failing, failure: 'STORE_DAMAGED' };
    expect(mores({ tags: [damaged], storeFailure, store: 'sqlite:x' })).toEqual(['sqlite:x: STORE_DAMAGED']);
    const refusals = (agoMs: number) => [{ code: 'STORE_UNAVAILABLE', count: 4, agoMs, text: '' }];
    for (const segment of [aSegment({ storeFailure }), aSegment({ tags: [failing], storeFailure })]) {
      expect(texts(aStatus({ segment, refusals: refusals(4000) }))).toEqual([
        'ill: The range store does not answer, and calls for a tag without IDs are refused.',
      ]);
      expect(texts(aStatus({ segment, refusals: refusals(61_000) }))[0]).toMatch(/^watch: /);
    }
    expect(texts(aStatus({ refusals: refusals(4000) }))[0]).toMatch(/^well: /);
    const empty = aSegment({ tags: [{ ...failing, remaining: '0' }], used: used({ failing: 1 }) });
    expect(texts(aStatus({ segment: empty }))).toEqual([
      'ill: The range store does not answer, and order has no IDs left: callers are refused.',
    ]);
  });

  it.each([
    [{ segment: aSegment({ state: 'refusing', failure: 'STORE_UNAVAILABLE' }) }, /^ill: Segment IDs are refused/],
    [{ segment: aSegment({ state: 'starting' }) }, /^watch: Segment IDs are starting/],
    [{ segment: aSegment({ tags: [aTag('order', { rewound: true })] }) }, /^ill: .*went back.*order.*SEGMENT_REWOUND/],
    [
      { segment: aSegment({ health: { risks: [], ceiling: { policy: 'preferred', failure: 'X' } } }) },
      /^watch: The ceiling cannot be reached \(X\): ranges are taken without it/,
    ],
    [
      { segment: aSegment({ health: { risks: [], primaries: [{ name: 'a', failure: 'X' }] } }) },
      /^watch: Left out of the primaries: a/,
    ],
    [{ snowflake: aSnowflake({ state: 'starting', keeper: 'claiming' }) }, /^watch: .*a worker ID is being claimed/],
    [{ snowflake: aSnowflake({ renewalFailure: 'no answer' }) }, /^watch: The slot store does not answer.*10 min/],
    [{ snowflake: aSnowflake({ aheadMs: 2000 }) }, /^watch: The clock is 2 s behind the last snowflake/],
    [{ snowflake: aSnowflake({ storeSkewMs: -1500 }) }, /^watch: .*1.5 s behind that of the slot store/],
    [{ snowflake: aSnowflake({ remainingLifeMs: 86_400_000 }) }, /^watch: The time bits .* used up in 1 d/],
    [{ checks: { http: 'draining' } }, /^watch: This instance is stopping/],
    [
      { refusals: [{ code: 'TOO_MANY_WAITERS', count: 3, agoMs: 1000, text: '' }] },
      /^watch: Callers are being turned away: TOO_MANY_WAITERS, 3 times/,
    ],
  ])('tells %#', (given, expected) => {
    const said = texts(aStatus(given));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(expected);
  });

  it('does not call old refusals, or a wrong call, news', () => {
    const refusals = [
      { code: 'TOO_MANY_WAITERS', count: 3, agoMs: 120_000, text: '' },
      { code: 'UNKNOWN_TAG', count: 3, agoMs: 1000, text: '' },
    ];
    expect(findingsOf(aStatus({ refusals }))[0].level).toBe('well');
  });

  it('keeps its key while only figures change, so that it is read out once', () => {
    const keys = [1, 2].map(n => findingsOf(aStatus({ snowflake: aSnowflake({ aheadMs: n * 1000 }) }))[0].key);
    expect(keys[0]).toBe(keys[1]);
  });

  it('says which process it is about where there are several', () => {
    const ill = aStatus({ snowflake: aSnowflake({ state: 'refusing', failure: 'CLOCK_SKEW' }) });
    const processes = [
      { index: 0, pid: 1, state: 'ready', status: aStatus() },
      { index: 1, pid: 2, state: 'ready', status: ill },
      { index: 2, pid: 3, state: 'silent', status: null },
    ];
    expect(texts({ ...aStatus(), processes })).toEqual([
      'ill: Process 1: Snowflake IDs are refused (CLOCK_SKEW).',
      'watch: Process 2 does not answer.',
    ]);
  });

  it('says how long there has been no answer, and alarms at the second failure only', () => {
    expect(awayOf(1, 'x', 2400)).toMatchObject({
      level: 'asking',
      text: 'Frond has not answered: last answer 2 s ago.',
    });
    expect(awayOf(2, 'x', 5000)).toMatchObject({ level: 'ill', text: 'Frond does not answer: last answer 5 s ago.' });
    expect(awayOf(2, 'x', undefined).text).toContain('it has not answered yet');
  });
});
