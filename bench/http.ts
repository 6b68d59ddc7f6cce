/**
 * Requests per second and CPU per request of the ID routes, beside a bare node:http server: closed loop, the load
 * generator in a process of its own, floor and routes alternating. CPU per request is the figure to compare, since the
 * load generator shares the machine.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchOptions } from './options.ts';
import { ServerProcess } from './server-process.ts';
import { pairedRatio, printTable, spread } from './statistics.ts';

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 32;
const ROUTES = ['/id/segment/demo', '/id/snowflake', '/id/uuid', '/id/segment/demo?count=1000'] as const;
const AUTOCANNON = join(import.meta.dirname, '../node_modules/autocannon/autocannon.js');

interface Measurement {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

interface Report {
  readonly requests: { readonly total: number };
  readonly duration: number;
  readonly non2xx: number;
  readonly errors: number;
}

async function load(server: ServerProcess, path: string, seconds: number): Promise<Measurement> {
  const args = ['-c', String(CONNECTIONS), '-d', String(seconds), '-j', `${server.url}${path}`];
  const before = server.cpuMicros();
  const { stdout } = await promisify(execFile)(process.execPath, [AUTOCANNON, ...args], { maxBuffer: 2 ** 24 });
  const cpu = server.cpuMicros() - before;
  const report = JSON.parse(stdout) as Report;
  if (report.non2xx > 0 || report.errors > 0)
    throw new Error(`${path}: ${report.non2xx} refusals, ${report.errors} errors`);
  return { perSecond: report.requests.total / report.duration, cpuMicros: cpu / report.requests.total };
}

export async function run({ rounds = ROUNDS }: BenchOptions): Promise<void> {
  const floor = await ServerProcess.floor();
  const frond = await ServerProcess.frond();
  try {
    await load(floor, '/', 1);
    for (const route of ROUTES) await load(frond, route, 1);
    const rows = [];
    for (const route of ROUTES) {
      const floors: Measurement[] = [];
      const values: Measurement[] = [];
      for (let round = 0; round < rounds; round++) {
        floors.push(await load(floor, '/', SECONDS));
        values.push(await load(frond, route, SECONDS));
      }
      const of = (list: readonly Measurement[], key: keyof Measurement) => list.map(each => each[key]);
      rows.push({
        route,
        'requests/s': spread(of(values, 'perSecond'), 0),
        'floor requests/s': spread(of(floors, 'perSecond'), 0),
        'CPU µs a request': spread(of(values, 'cpuMicros'), 1),
        'floor µs': spread(of(floors, 'cpuMicros'), 1),
        'CPU over the floor': pairedRatio(of(values, 'cpuMicros'), of(floors, 'cpuMicros')).toFixed(2),
      });
    }
    printTable(rows);
  } finally {
    await floor.stop();
    await frond.stop();
  }
}
