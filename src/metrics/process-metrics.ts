import type { Registry } from 'prom-client';
import { collectedCounter, collectedGauge } from './collected.ts';

/** One of several processes, as their parent sees it. */
export interface ProcessFigures {
  readonly index: number;
  readonly isAlive: boolean;
  readonly restarts: number;
}

export function registerProcessMetrics(registry: Registry, processes: readonly ProcessFigures[]): void {
  const labels = ['process'];
  const perProcess = (value: (figures: ProcessFigures) => number) => () =>
    processes.map(each => [{ process: String(each.index) }, value(each)] as const);
  collectedGauge(
    registry,
    {
      name: 'frond_process_up',
      help: '1 while the process answers; at 0 it ended, only starts, or hangs: see /status and the log.',
      labels,
    },
    perProcess(each => (each.isAlive ? 1 : 0)),
  );
  collectedCounter(
    registry,
    {
      name: 'frond_process_restarts_total',
      help: 'Processes that took the place of one that ended; the log says how it ended.',
      labels,
    },
    perProcess(each => each.restarts),
  );
}
