import type { WorkerView } from './worker-directory.ts';

const iso = (timeMs: number) => new Date(timeMs).toISOString();

/** A worker ID as it is shown over HTTP and on the command line: times as ISO 8601 in UTC. */
export function workerJson({ hwmMs, boundMs, freeAtMs, renewal, free, why, ...rest }: WorkerView) {
  return {
    ...rest,
    renewals: renewal,
    highWater: iso(hwmMs),
    bound: iso(boundMs),
    free,
    why,
    freeAt: freeAtMs === null ? null : iso(freeAtMs),
  };
}
