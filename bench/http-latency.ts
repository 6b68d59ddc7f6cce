/**
 * Latency at a fixed rate, beside bare node:http at the same rate: half of what the slower of the two reaches with the
 * load generator on the same machine. Requests fall due whether or not earlier ones are answered, and latency counts
 * from when they fell due, so what waits behind a pause is not left out.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { saveFigures } from './figures.ts';
import type { LoadReport } from './load-generator.ts';
import type { BenchOptions } from './options.ts';
import { ServerProcess } from './server-process.ts';
import { median, pairedRatio, printTable, spread } from './statistics.ts';

const ROUNDS = 7;
const SECONDS = 4;
const WARM_UP_SECONDS = 2;
const QUANTILES = { p50: 'p50 µs', p99: 'p99 µs', p999: 'p99.9 µs', p9999: 'p99.99 µs' } as const;
type Quantile = keyof typeof QUANTILES;

const GENERATOR = join(import.meta.dirname, 'load-generator.ts');

async function load(url: string, perSecond: number, seconds: number, warmUpSeconds: number): Promise<LoadReport> {
  const args = [GENERATOR, url, ...[perSecond, seconds, warmUpSeconds].map(String)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as LoadReport;
}

export async function run({ rounds = ROUNDS, save }: BenchOptions): Promise<void> {
  const floor = await ServerProcess.floor();
  const frond = await ServerProcess.frond();
  try {
    const targets = [
      { name: 'bare node:http', url: `${floor.url}/` },
      { name: '/id/segment/demo', url: `${frond.url}/id/segment/demo` },
      { name: '/id/snowflake', url: `${frond.url}/id/snowflake` },
      { name: '/id/uuid', url: `${frond.url}/id/uuid` },
    ];
    const saturations = [];
    for (const { url } of targets) saturations.push((await load(url, 0, 0, WARM_UP_SECONDS)).closedPerSecond);
    const perSecond = Math.round(Math.min(...saturations) / 2);
    const reports = targets.map((): LoadReport[] => []);
    for (let round = 0; round < rounds; round++)
      for (const [i, { url }] of targets.entries()) reports[i]!.push(await load(url, perSecond, SECONDS, 0.5));
    const of = (i: number, key: Quantile) => reports[i]!.map(each => each[key]);
    console.log(
      `at ${perSecond} requests a second, half of the least saturation; median (least to most) of ${rounds} rounds`,
    );
    printTable(
      targets.map(({ name }, i) => ({
        server: name,
        ...Object.fromEntries(
          Object.entries(QUANTILES).map(([key, heading]) => [heading, spread(of(i, key as Quantile), 0)]),
        ),
        'p99.9 over the floor': pairedRatio(of(i, 'p999'), of(0, 'p999')).toFixed(2),
        'ms a second without a core': spread(
          reports[i]!.map(each => each.crowdedOutMs),
          0,
        ),
      })),
    );
    if (save) {
      const at = (i: number, key: Quantile) => Math.round(median(of(i, key)));
      saveFigures({
        latency: targets.map(({ name }, i) => ({
          server: name,
          perSecond,
          p50: at(i, 'p50'),
          p99: at(i, 'p99'),
          p999: at(i, 'p999'),
          p9999: at(i, 'p9999'),
        })),
      });
    }
  } finally {
    await floor.stop();
    await frond.stop();
  }
}
