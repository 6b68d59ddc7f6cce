/**
 * What comes out when more is offered than can be answered: single IDs at 50, 100 and 200 % of the capacity from two
 * load processes with 500 connections each; as fast as they are answered on the connections of one, alone and beside
 * 1000 idle connections and 200 that never end their request; at 25 % alone, and beside batches of 10,000 as fast as
 * those are answered. The goals: at 200 %, 90 % of the peak; beside the others, a p99 within twice that of those alone.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Crowd } from './crowd.ts';
import type { BenchOptions } from './options.ts';
import type { OverloadReport } from './overload-client.ts';
import { ServerProcess } from './server-process.ts';
import { printTable } from './statistics.ts';

const SECONDS = 5;
const SINGLE = '/id/segment/demo';
/** Of another tag, so that they meet in the service and not in a buffer. */
const BATCH = '/id/segment/bulk?count=10000';
const CLIENT = join(import.meta.dirname, 'overload-client.ts');

async function offer(url: string, perSecond: number): Promise<OverloadReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLIENT, url, String(perSecond), String(SECONDS)]);
  return JSON.parse(stdout) as OverloadReport;
}

/** Two processes that share a rate; 0 is as fast as answers come. */
async function offerTwice(url: string, perSecond: number): Promise<OverloadReport> {
  const [a, b] = await Promise.all([offer(url, perSecond / 2), offer(url, perSecond / 2)]);
  const sum = (key: 'offered' | 'good' | 'late' | 'unsent' | 'cut') => a[key] + b[key];
  const refused = { ...a.refused };
  for (const [status, count] of Object.entries(b.refused)) refused[status] = (refused[status] ?? 0) + count;
  return {
    offered: sum('offered'),
    good: sum('good'),
    late: sum('late'),
    unsent: sum('unsent'),
    cut: sum('cut'),
    refused,
    p50: Math.max(a.p50, b.p50),
    p99: Math.max(a.p99, b.p99),
  };
}

function row(what: string, report: OverloadReport, peak: number, server: ServerProcess): Record<string, string> {
  return {
    load: what,
    'offered/s': String(report.offered),
    'good/s': String(report.good),
    'of the peak': `${Math.round((100 * report.good) / peak)} %`,
    'late/s': String(report.late),
    'refused/s':
      Object.entries(report.refused)
        .map(entry => entry.join(': '))
        .join(', ') || '0',
    'unsent/s': String(report.unsent),
    cut: String(report.cut),
    'p50 ms': report.p50.toFixed(1),
    'p99 ms': report.p99.toFixed(1),
    'memory MB': String(Math.round(server.residentBytes() / 2 ** 20)),
  };
}

export async function run({ rounds = 1 }: BenchOptions): Promise<void> {
  const server = await ServerProcess.frond();
  const single = server.url + SINGLE;
  const batch = server.url + BATCH;
  try {
    await offerTwice(single, 0);
    const headers = { 'content-type': 'application/json' };
    const put = await fetch(`${server.url}/tags/bulk`, { method: 'PUT', headers, body: '{"step":10000000}' });
    if (!put.ok) throw new Error(await put.text());
    const rows = [];
    for (let round = 0; round < rounds; round++) {
      const { good: capacity } = await offerTwice(single, 0);
      const full = await offerTwice(single, capacity);
      const peak = Math.max(capacity, full.good);
      rows.push(row('single IDs, 100 %', full, peak, server));
      for (const share of [0.5, 2]) {
        rows.push(row(`single IDs, ${share * 100} %`, await offerTwice(single, capacity * share), peak, server));
      }
      rows.push(row('single IDs, full speed', await offer(single, 0), peak, server));
      const crowd = await Crowd.gather(server.url);
      rows.push(row('… beside a slow crowd', await offer(single, 0), peak, server));
      crowd.leave();
      rows.push(row('single IDs, 25 %', await offer(single, capacity / 4), peak, server));
      const [singles, batches] = await Promise.all([offer(single, capacity / 4), offer(batch, 0)]);
      rows.push(row('… beside batches', singles, peak, server));
      rows.push(row('batches of 10,000', batches, batches.good + batches.late, server));
    }
    printTable(rows);
  } finally {
    await server.stop();
  }
}
