/** One load of one server by autocannon, in a process of its own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ServerProcess } from './server-process.ts';

const AUTOCANNON = join(import.meta.dirname, '../node_modules/autocannon/autocannon.js');

export interface Measurement {
  readonly perSecond: number;
  /** User and system time of the server; µs a request. */
  readonly cpuMicros: number;
}

interface Report {
  readonly requests: { readonly total: number };
  readonly duration: number;
  readonly non2xx: number;
  readonly errors: number;
}

/**
 * A closed loop: each connection asks again when it has its answer.
 * @param headers as `Name=value`
 * @throws Error when an answer was not 2xx
 */
export async function closedLoop(
  server: ServerProcess,
  path: string,
  seconds: number,
  headers: readonly string[] = [],
  connections = 32,
): Promise<Measurement> {
  const flags = headers.flatMap(header => ['-H', header]);
  const args = ['-c', String(connections), '-d', String(seconds), ...flags, '-j', `${server.url}${path}`];
  const before = server.cpuMicros();
  const { stdout } = await promisify(execFile)(process.execPath, [AUTOCANNON, ...args], { maxBuffer: 2 ** 24 });
  const cpu = server.cpuMicros() - before;
  const report = JSON.parse(stdout) as Report;
  if (report.non2xx > 0 || report.errors > 0)
    throw new Error(`${path}: ${report.non2xx} refusals, ${report.errors} errors`);
  return { perSecond: report.requests.total / report.duration, cpuMicros: cpu / report.requests.total };
}
