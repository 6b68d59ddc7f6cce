/**
 * Whether renewals of the worker slot show in the latency of GET /id/snowflake: an open loop at a fixed share of what
 * the service can do, the same against a service that does not renew during the measurement and against bare
 * node:http. Each measurement has a process of its own, warmed up; variants alternate, so that all see the same machine.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LoadReport } from './load-generator.ts';
import type { BenchOptions } from './options.ts';
import { ServerProcess } from './server-process.ts';
import { median, pairedRatio, printTable, spread } from './statistics.ts';

const ROUNDS = 5;
const SECONDS = 3;
const WARM_UP_SECONDS = 1;
const IDLE_MS = 500;
/** Fewer in an idle time say nothing of the cost of one. */
const MIN_IDLE_RENEWALS = 5;
/** Of the closed loop's rate. */
const LOAD = 0.3;
const PATH = '/id/snowflake';
const SLOW_FSYNC = join(import.meta.dirname, 'slow-fsync.ts');
/** A young generation that is seldom collected: the generator's own pauses would count as latency. */
const GENERATOR = ['--max-semi-space-size=64', join(import.meta.dirname, 'load-generator.ts')];
const CLI = join(import.meta.dirname, '../src/cli.ts');

/** The environment of a service. */
type Env = Readonly<Record<string, string>>;

interface Variant {
  readonly name: string;
  /** The name of the variant that does not renew, on the same slots. */
  readonly still: string;
  readonly start: () => Promise<ServerProcess>;
}

interface Measurement extends LoadReport {
  /** Acknowledged during the load and its warm-up. */
  readonly renewals: number;
  /** What followed the load: nothing but renewals. */
  readonly idle: { readonly loopMicros: number; readonly renewals: number };
}

const QUANTILES = { p50: 'p50', p99: 'p99', 'p99.9': 'p999', 'p99.99': 'p9999', max: 'max' } as const;

const FLOOR = 'bare node:http';
const STILL = 'none';
const EVERY_MINUTE: Env = {
  FROND_RENEW_INTERVAL_MS: '60000',
  FROND_LOOKAHEAD_MS: '180000',
  FROND_START_WAIT_MAX_MS: '181000',
  FROND_FORWARD_LIMIT_MS: '180000',
};
const EVERY_SECOND: Env = { FROND_RENEW_INTERVAL_MS: '1000' };
const EVERY_50_MS: Env = { FROND_RENEW_INTERVAL_MS: '50' };
const SLOW_DISK: Env = { BENCH_FSYNC_MS: '100' };

function serviceVariant(slots: string, what: string, env: Env): Variant {
  const kind = slots.slice(0, slots.indexOf(':') + 1);
  const preloads = 'BENCH_FSYNC_MS' in env ? [SLOW_FSYNC] : [];
  return {
    name: `${kind} ${what}`,
    still: `${kind} ${STILL}`,
    start: () => ServerProcess.frond({ FROND_WORKER_SLOTS: slots, ...env }, preloads),
  };
}

function variants(zookeeper: string | undefined): Variant[] {
  const common = (slots: string) => [
    serviceVariant(slots, STILL, EVERY_MINUTE),
    serviceVariant(slots, 'each 1 s', EVERY_SECOND),
    serviceVariant(slots, 'each 50 ms', EVERY_50_MS),
    serviceVariant(slots, 'each 1 s, fsync + 100 ms', { ...EVERY_SECOND, ...SLOW_DISK }),
    serviceVariant(slots, 'each 50 ms, fsync + 100 ms', { ...EVERY_50_MS, ...SLOW_DISK }),
  ];
  return [
    { name: FLOOR, still: `local: ${STILL}`, start: () => ServerProcess.floor() },
    ...common('local:'),
    ...(zookeeper === undefined ? [] : common(zookeeper)),
  ];
}

/** Once IDs flow: the closed loop refuses a 503. */
async function ready(server: ServerProcess): Promise<void> {
  while (!(await fetch(server.url + PATH)).ok) await delay(20);
}

/** Acknowledged so far; 0 for a server without metrics. */
async function renewalsOf(server: ServerProcess): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^frond_snowflake_renewals_total\{outcome="acknowledged"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

async function idle(server: ServerProcess): Promise<Measurement['idle']> {
  const renewalsBefore = await renewalsOf(server);
  await delay(IDLE_MS / 5);
  const loopBefore = server.loopMicros();
  await delay(IDLE_MS);
  const loopMicros = server.loopMicros() - loopBefore;
  return { loopMicros, renewals: ((await renewalsOf(server)) - renewalsBefore) / 1.2 };
}

/** @param perSecond of the open loop; 0 for the closed loop only */
async function measure(variant: Variant, perSecond: number): Promise<Measurement> {
  const server = await variant.start();
  try {
    await ready(server);
    const before = await renewalsOf(server);
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...GENERATOR,
      server.url + PATH,
      ...[perSecond, SECONDS, WARM_UP_SECONDS].map(String),
    ]);
    const renewals = (await renewalsOf(server)) - before;
    if (variant.name === variant.still && renewals > 0) throw new Error(`${variant.name}: ${renewals} renewals`);
    return { ...(JSON.parse(stdout) as LoadReport), renewals, idle: await idle(server) };
  } finally {
    await server.stop();
  }
}

type Results = ReadonlyMap<string, readonly Measurement[]>;

/** The time that one renewal keeps the event loop, beyond what an idle service uses anyway; microseconds. */
function loopMicrosARenewal({ name, still }: Variant, results: Results): string {
  const idles = results.get(name)!.map(each => each.idle);
  const stillMicros = median(results.get(still)!.map(each => each.idle.loopMicros));
  if (idles.some(each => each.renewals < MIN_IDLE_RENEWALS)) return '';
  return spread(
    idles.map(each => (each.loopMicros - stillMicros) / each.renewals),
    0,
  );
}

function latencyRow(variant: Variant, results: Results): Record<string, string> {
  const own = results.get(variant.name)!;
  const row: Record<string, string> = { renewals: variant.name };
  for (const [title, key] of Object.entries(QUANTILES)) {
    row[`${title}, µs`] = spread(
      own.map(each => each[key]),
      0,
    );
  }
  row['crowded out, ms/s'] = spread(
    own.map(each => each.crowdedOutMs),
    0,
  );
  row['loop µs a renewal'] = loopMicrosARenewal(variant, results);
  row['renewals a round'] = median(own.map(each => each.renewals)).toFixed(0);
  return row;
}

function ratioRow({ name, still }: Variant, results: Results): Record<string, string> {
  const row: Record<string, string> = { renewals: name };
  const bases = { none: still, floor: FLOOR };
  for (const [label, base] of Object.entries(bases)) {
    for (const [title, key] of Object.entries(QUANTILES)) {
      const [own, others] = [name, base].map(each => results.get(each)!.map(measurement => measurement[key]));
      row[`${title}/${label}`] = pairedRatio(own!, others!).toFixed(2);
    }
  }
  return row;
}

export async function run({ rounds = ROUNDS, zookeeper }: BenchOptions): Promise<void> {
  if (zookeeper !== undefined) {
    await promisify(execFile)(process.execPath, [CLI, 'init'], {
      env: { ...process.env, FROND_SEGMENT_STORE: 'off', FROND_WORKER_SLOTS: zookeeper },
    });
  }
  const list = variants(zookeeper);
  const { closedPerSecond } = await measure(serviceVariant('local:', 'each 1 s', EVERY_SECOND), 0);
  const perSecond = Math.round(closedPerSecond * LOAD);
  console.log(
    `GET ${PATH} ${perSecond} times a second, ${LOAD * 100} % of ${Math.round(closedPerSecond)} in a closed loop; ` +
      `${rounds} rounds of ${SECONDS} s. Latency counts from when a request fell due.\n` +
      'Crowded out: how long others had the cores while the generator wanted one; tails mean little where it is above 20.',
  );
  const results = new Map<string, Measurement[]>(list.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const variant of list) results.get(variant.name)!.push(await measure(variant, perSecond));
  }
  printTable(list.map(variant => latencyRow(variant, results)));
  console.log(
    '\nThe same over the service that does not renew, and over the floor: medians of the ratios round by round',
  );
  printTable(list.map(variant => ratioRow(variant, results)));
}
