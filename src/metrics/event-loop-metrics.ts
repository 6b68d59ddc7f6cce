import { performance } from 'node:perf_hooks';
import type { Registry } from 'prom-client';
import { collectedCounter } from './collected.ts';

/** How busy the one thread is that answers; its rate is 0 to 1. */
export function registerEventLoopMetrics(registry: Registry): void {
  collectedCounter(
    registry,
    {
      name: 'frond_event_loop_active_seconds_total',
      help: 'Time that the event loop spent on work and not waiting for it. A rate near 1 is saturation: add a process or an instance.',
      across: 'process',
    },
    () => [[{}, performance.eventLoopUtilization().active / 1000]],
  );
}
