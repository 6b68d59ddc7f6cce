import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchResult } from '../../src/cli/bench.ts';
import { runCli } from '../support/cli.ts';
import { Service } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await (await new Service().start()).ready();
});
afterAll(() => service.remove());
const bench = (...args: string[]) => runCli(['bench', ...args], { FROND_PORT: new URL(service.url).port });

describe('frond bench', () => {
  it('counts what the server really gave, and how long it took', async () => {
    const { code, out } = await bench('segment', '-s', '1', '-c', '4', '-n', '10', '--json');
    const { answers, ids, refusals, latencyMs, seconds } = JSON.parse(out) as BenchResult;
    expect([code, refusals]).toEqual([0, {}]);
    expect(ids).toBe(answers * 10);
    // The one answer before the run is not counted.
    expect((await service.get('/id/segment/demo')).text).toBe(String(ids + 10 + 1));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(latencyMs.p50).toBeGreaterThan(0);
    expect([latencyMs.p50, latencyMs.p90, latencyMs.p99, latencyMs.p999, latencyMs.max]).toEqual(
      Object.values(latencyMs).toSorted((a, b) => a - b),
    );
  });

  it('tells people the rate and the latency', async () => {
    const { out } = await bench('snowflake', '-s', '1', '-c', '2');
    expect(out).toMatch(/^[\d,]+ answers in 1\.\d s: [\d,]+ a second, [\d,]+ IDs a second\nlatency in ms: p50 \d/);
  });

  it('stops at once where the server refuses, or is none', async () => {
    expect(await bench('--tag', 'nope')).toMatchObject({ code: 1, err: expect.stringMatching(/UNKNOWN_TAG/) });
    expect(await runCli(['bench', '--url', '127.0.0.1:1'])).toMatchObject({ code: 3 });
    expect(await bench('guid')).toMatchObject({ code: 2, err: expect.stringMatching(/"guid" is no kind of ID/) });
    expect(await bench('-s', '0')).toMatchObject({ code: 2, err: expect.stringMatching(/--seconds is "0"/) });
  });
});
