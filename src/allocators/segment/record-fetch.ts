import type { KeeperContext } from './keeper-context.ts';
import type { FetchMeter, FetchOutcome } from './segment-stats.ts';

/** Counts a fetch that has just ended. @param startedMs of the monotonic clock */
export function recordFetch(context: KeeperContext, meter: FetchMeter, outcome: FetchOutcome, startedMs: number): void {
  const endedMs = context.system.clock.monotonicMs();
  const durationMs = endedMs - startedMs;
  meter.record(outcome, durationMs, endedMs);
  context.allFetches.record(outcome, durationMs, endedMs);
  context.fetchLatency.observe(durationMs);
}
