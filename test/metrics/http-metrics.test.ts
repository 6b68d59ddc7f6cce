import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { HttpCounters } from '../../src/metrics/http-counters.ts';
import { registerHttpMetrics } from '../../src/metrics/http-metrics.ts';

describe('HTTP metrics', () => {
  it('tell answers and refusals of the ID routes, and every error code, as 0 before the first', async () => {
    const counters = new HttpCounters();
    counters.meter('uuid').record(404, 1);
    counters.countProblem('UNKNOWN_TAG', 'Tag "a" does not exist');
    const registry = new Registry();
    registerHttpMetrics(registry, counters);
    const lines = (await registry.metrics()).split('\n');
    expect(lines.filter(line => line.startsWith('frond_http_requests_total{route="uuid"'))).toEqual([
      'frond_http_requests_total{route="uuid",status="404"} 1',
      'frond_http_requests_total{route="uuid",status="200"} 0',
      'frond_http_requests_total{route="uuid",status="503"} 0',
    ]);
    expect(lines.some(line => line.startsWith('frond_http_requests_total{route="tags"'))).toBe(false);
    expect(lines).toContain('frond_http_problems_total{code="UNKNOWN_TAG"} 1');
    expect(lines).toContain('frond_http_problems_total{code="STORE_UNAVAILABLE"} 0');
    expect(lines.some(line => line.includes('ABORTED'))).toBe(false);
  });
});
