import { describe, expect, it } from 'vitest';
import { HTTP_ROUTES, HttpCounters } from '../../src/metrics/http-counters.ts';

describe('HttpCounters', () => {
  it('counts requests by route and status, with their latency', () => {
    const counters = new HttpCounters();
    counters.meter('segment').record(503, 5);
    counters.meter('segment').record(200, 1);
    counters.meter('segment').record(200, 1);
    counters.meter('uuid').record(400, 1);
    expect(counters.meter('segment').statuses()).toEqual([
      [200, 2],
      [503, 1],
    ]);
    expect(counters.meter('segment').latency.count).toBe(3);
    expect(counters.meter('uuid').statuses()).toEqual([[400, 1]]);
    expect(counters.meter('snowflake').statuses()).toEqual([]);
  });

  it('names every route once, in the order of the list', () => {
    expect(new HttpCounters().routes().map(([route]) => route)).toEqual([...HTTP_ROUTES]);
  });

  it('counts unreadable requests by the status they got, and problems by their code', () => {
    const counters = new HttpCounters();
    counters.countProblem('UNKNOWN_TAG', 'Tag "a" does not exist');
    counters.countProblem('UNKNOWN_TAG', 'Tag "b" does not exist');
    expect([...counters.problems]).toEqual([['UNKNOWN_TAG', 2]]);
    counters.countUnreadable(400);
    counters.countUnreadable(400);
    expect([...counters.unreadable]).toEqual([[400, 2]]);
  });
});
