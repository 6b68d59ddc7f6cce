/** Loads by autocannon, in one process of its own for all of them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ServerProcess } from './server-process.ts';

export interface Measurement {
  readonly perSecond: number;
  /** User and system time of the server; µs a request. */
  readonly cpuMicros: number;
}

/** What the load generator's process is asked for, in autocannon's terms. */
export interface ClosedLoop {
  readonly url: string;
  /** Seconds. */
  readonly duration: number;
  readonly connections: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ClosedLoopReport {
  readonly requests: number;
  readonly seconds: number;
  readonly non2xx: number;
  readonly errors: number;
}

let generator: ChildProcess | undefined;

async function load(asked: ClosedLoop): Promise<ClosedLoopReport> {
  generator ??= fork(join(import.meta.dirname, 'closed-loop-process.ts'));
  const child = generator;
  child.ref();
  child.channel?.ref();
  child.send(asked);
  const ended = new AbortController();
  const { signal } = ended;
  const [report] = await Promise.race([
    once(child, 'message', { signal }),
    once(child, 'exit', { signal }).then(() => Promise.reject(new Error('the load generator ended'))),
  ]).finally(() => ended.abort());
  child.unref();
  child.channel?.unref();
  return report as ClosedLoopReport;
}

/**
 * A closed loop: each connection asks again when it has its answer. One at a time.
 * @throws Error when an answer was not 2xx
 */
export async function closedLoop(
  server: ServerProcess,
  path: string,
  seconds: number,
  headers: Readonly<Record<string, string>> = {},
  connections = 32,
): Promise<Measurement> {
  const before = server.cpuMicros();
  const report = await load({ url: `${server.url}${path}`, duration: seconds, connections, headers });
  const cpu = server.cpuMicros() - before;
  const { requests, non2xx, errors } = report;
  if (non2xx > 0 || errors > 0) throw new Error(`${path}: ${non2xx} refusals, ${errors} errors`);
  return { perSecond: requests / report.seconds, cpuMicros: cpu / requests };
}
