import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { registerSnowflakeMetrics } from '../../src/metrics/snowflake-metrics.ts';
import { MemorySlots } from '../../src/stores/slots/memory.ts';
import { T0_MS, VirtualHost } from '../allocators/snowflake/host.ts';

async function scrape(host: VirtualHost): Promise<readonly string[]> {
  const registry = new Registry();
  registerSnowflakeMetrics(registry, host.allocator);
  const lines = (await registry.metrics()).split('\n');
  await host.system.settle();
  return lines;
}

const slotsOf = (lines: readonly string[]) =>
  lines.filter(line => line.startsWith('frond_snowflake_worker_slots{')).map(line => Number(line.split(' ')[1]));

describe('snowflake metrics', () => {
  it('count the worker IDs that are left from the second scrape on', async () => {
    const slots = new MemorySlots({ timeMs: () => T0_MS });
    const host = await new VirtualHost(slots, { workerBits: 2 }).start();
    expect(slotsOf(await scrape(host))).toEqual([]);
    const lines = await scrape(host);
    expect(slotsOf(lines)).toEqual([3, 0, 1]);
    expect(lines).toContain('frond_snowflake_worker_slots_age_seconds 0');
  });

  it('show the allowance beside the bound, and reasons of refusals as 0 before the first', async () => {
    const host = await new VirtualHost(new MemorySlots(), { allowanceMs: 60_000 }).start();
    const lines = await scrape(host);
    expect(lines).toContain('frond_snowflake_allowance_seconds 60');
    const boundLeft = lines.find(line => line.startsWith('frond_snowflake_bound_left_seconds '))!;
    expect(Number(boundLeft.split(' ')[1])).toBeCloseTo(63, 0);
    expect(lines).toContain('frond_snowflake_refusals_total{code="CLOCK_BACKWARDS"} 0');
    expect(lines).toContain('frond_snowflake_misses_total{reason="exhausted"} 0');
  });
});
