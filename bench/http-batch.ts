/**
 * Many IDs in one answer: IDs per second of CPU time beside one answer of bare node:http, and what the largest batch
 * does to everybody else: the longest turn of the event loop meanwhile, and the memory of readers that take nothing.
 */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { saveFigures } from './figures.ts';
import { closedLoop, type Measurement } from './http-load.ts';
import type { BenchOptions } from './options.ts';
import { ServerProcess } from './server-process.ts';
import { leastRatio, median, pairedRatio, printTable, spread } from './statistics.ts';
import type { TurnReport } from './turn-probe.ts';

const ROUNDS = 20;
/** Short, so that what is compared is measured in the same state of the machine. */
const SECONDS = 0.4;
const TURN_ROUNDS = 5;
const TURN_SECONDS = 2;
const CASES = [
  { name: 'one segment ID', path: '/id/segment/demo', ids: 1, headers: {} },
  { name: 'segment, ranges?count=1000', path: '/id/segment/demo/ranges?count=1000', ids: 1000, headers: {} },
  { name: 'segment, count=1000', path: '/id/segment/demo?count=1000', ids: 1000, headers: {} },
  { name: 'segment, count=10000', path: '/id/segment/demo?count=10000', ids: 10_000, headers: {} },
  {
    name: 'the same as JSON',
    path: '/id/segment/demo?count=10000',
    ids: 10_000,
    headers: { Accept: 'application/json' },
  },
  { name: 'snowflake, count=1000', path: '/id/snowflake?count=1000', ids: 1000, headers: {} },
  { name: 'UUID v7, count=1000', path: '/id/uuid?count=1000', ids: 1000, headers: {} },
] as const;
/** With Leaf's 12 bits, batches of snowflakes would be held up by 4,096 a millisecond, and nothing else be seen. */
const WIDE = { FROND_WORKER_BITS: '4', FROND_SEQUENCE_BITS: '18' };
const LARGEST = '/id/segment/demo?count=100000';
const READERS = 50;
const TURN_PROBE = join(import.meta.dirname, 'turn-probe.ts');

async function metric(server: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** The turns of a service's event loop while two connections take one largest batch after another. */
async function turnsOfLargest(): Promise<TurnReport> {
  const folder = mkdtempSync(join(tmpdir(), 'frond-bench-turns-'));
  const file = join(folder, 'turns.json');
  const server = await ServerProcess.frond({ ...WIDE, BENCH_TURNS_FILE: file }, [TURN_PROBE]);
  try {
    await closedLoop(server, LARGEST, TURN_SECONDS, {}, 2);
    server.signal('SIGUSR2');
    await closedLoop(server, LARGEST, TURN_SECONDS, {}, 2);
    server.signal('SIGUSR2');
    while (!existsSync(file)) await delay(10);
    return JSON.parse(readFileSync(file, 'utf8')) as TurnReport;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** What readers cost that ask for the largest batch and read nothing of it; MB of resident memory. */
async function idleReadersMb(server: ServerProcess): Promise<number> {
  const before = await metric(server, 'process_resident_memory_bytes');
  const { hostname, port } = new URL(server.url);
  const readers = Array.from({ length: READERS }, () => connect({ host: hostname, port: Number(port) }));
  for (const reader of readers) {
    reader.pause();
    await once(reader, 'connect');
    reader.write(`GET ${LARGEST} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  }
  // Their answers are as far as they get when others have been answered many times.
  await closedLoop(server, '/id/segment/demo', 1);
  const after = await metric(server, 'process_resident_memory_bytes');
  for (const reader of readers) reader.destroy();
  return (after - before) / 2 ** 20;
}

export async function run({ rounds = ROUNDS, save }: BenchOptions): Promise<void> {
  const floor = await ServerProcess.floor();
  const frond = await ServerProcess.frond(WIDE);
  try {
    await closedLoop(floor, '/', 1);
    const floors: Measurement[] = [];
    const values = CASES.map((): Measurement[] => []);
    for (let round = 0; round <= rounds; round++) {
      const floored = await closedLoop(floor, '/', SECONDS);
      if (round > 0) floors.push(floored);
      for (const [i, { path, headers }] of CASES.entries()) {
        const measured = await closedLoop(frond, path, round === 0 ? 1 : SECONDS, headers);
        // The first round warms up.
        if (round > 0) values[i]!.push(measured);
      }
    }
    const cpu = (list: readonly Measurement[]) => list.map(each => each.cpuMicros);
    const rates = CASES.map(({ name, ids }, i) => ({ name, million: cpu(values[i]!).map(micros => ids / micros) }));
    printTable(
      CASES.map(({ name }, i) => ({
        answer: name,
        'CPU µs': spread(cpu(values[i]!), 1),
        'CPU over bare node:http': pairedRatio(cpu(values[i]!), cpu(floors)).toFixed(2),
        'over one ID': pairedRatio(cpu(values[i]!), cpu(values[0]!)).toFixed(2),
        'least over its least': leastRatio(cpu(values[i]!), cpu(values[0]!)).toFixed(2),
        'million IDs a CPU second': spread(rates[i]!.million, 2),
      })),
    );
    const turns: TurnReport[] = [];
    for (let round = 0; round < TURN_ROUNDS; round++) turns.push(await turnsOfLargest());
    const [cpuMs, wallMs] = (['cpuMs', 'wallMs'] as const).map(key =>
      spread(
        turns.map(each => each[key]),
        1,
      ),
    );
    console.log(`\nlongest turn of the event loop during count=100000, ms: of CPU ${cpuMs}, by the clock ${wallMs}`);
    console.log(`${READERS} readers of count=100000 that read nothing: ${(await idleReadersMb(frond)).toFixed(0)} MB`);
    const batch = rates.map(({ name, million }) => ({ name, millionPerCpuSecond: Number(median(million).toFixed(2)) }));
    if (save) saveFigures({ batch });
  } finally {
    await floor.stop();
    await frond.stop();
  }
}
