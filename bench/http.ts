/**
 * Requests per second and CPU per request of the ID routes, beside a bare node:http server: closed loop, the load
 * generator in a process of its own, the floor and Frond in its variants by turns. CPU per request is the figure to
 * compare, since the load generator shares the machine.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenDigest } from '../src/http/auth/token.ts';
import { type Figures, saveFigures } from './figures.ts';
import { closedLoop, type Measurement } from './http-load.ts';
import type { BenchOptions } from './options.ts';
import { ServerProcess } from './server-process.ts';
import { leastRatio, pairedRatio, printTable, spread } from './statistics.ts';

const ROUNDS = 60;
/** Short, so that both of a round are measured in the same state of the machine. */
const SECONDS = 0.3;
/** Processes of each server: no two are alike in what V8 and the kernel make of them. */
const PAIRS = 3;
const WARM_UP_SECONDS = 2;
const ROUTES = ['/id/segment/demo', '/id/snowflake', '/id/uuid'] as const;
const TOKEN = 'frond_benchmark-0123456789abcdefghijklmnopqrstuv';

interface Variant {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Limits that are looked at and never reached. */
const LIMITS = { FROND_TAG_LIMIT_IDS_PER_S: '1000000000', FROND_CLIENT_LIMIT_REQUESTS_PER_S: '1000000' };

function variantsIn(folder: string): readonly Variant[] {
  const tokensFile = join(folder, 'tokens.json');
  const entry = { name: 'bench', sha256: tokenDigest(TOKEN), scopes: ['ids'] };
  writeFileSync(tokensFile, JSON.stringify({ tokens: [entry] }));
  return [
    { name: 'metrics', env: {}, headers: {} },
    { name: 'metrics, limits', env: LIMITS, headers: {} },
    {
      name: 'metrics, limits, tokens',
      env: { ...LIMITS, FROND_TOKENS_FILE: tokensFile },
      headers: { Authorization: `Bearer ${TOKEN}` },
    },
  ];
}

interface Measured {
  readonly route: (typeof ROUTES)[number];
  readonly variant: string;
  readonly values: Measurement[];
  readonly floors: Measurement[];
}

/**
 * One variant at a time, in processes of its own: with more of them each would idle for seconds between its turns, in
 * which V8 throws optimised code away, so that starting anew would be measured.
 */
async function measure({ name, env, headers }: Variant, rounds: number): Promise<readonly Measured[]> {
  const all = ROUTES.map((route): Measured => ({ route, variant: name, values: [], floors: [] }));
  for (let pair = 0; pair < PAIRS; pair++) {
    const floor = await ServerProcess.floor();
    const frond = await ServerProcess.frond(env);
    try {
      for (const route of ROUTES) {
        await closedLoop(floor, '/', WARM_UP_SECONDS);
        await closedLoop(frond, route, WARM_UP_SECONDS, headers);
      }
      for (const { route, floors, values } of all) {
        for (let round = pair; round < rounds; round += PAIRS) {
          const measureFloor = async () => floors.push(await closedLoop(floor, '/', SECONDS));
          const measureFrond = async () => values.push(await closedLoop(frond, route, SECONDS, headers));
          const inTurn = round % 2 === 0 ? [measureFloor, measureFrond] : [measureFrond, measureFloor];
          for (const take of inTurn) await take();
        }
      }
    } finally {
      await Promise.all([floor.stop(), frond.stop()]);
    }
  }
  return all;
}

async function measureAll(variants: readonly Variant[], rounds: number): Promise<readonly Measured[]> {
  const all: Measured[] = [];
  for (const variant of variants) all.push(...(await measure(variant, rounds)));
  return all.sort((a, b) => ROUTES.indexOf(a.route) - ROUTES.indexOf(b.route));
}

export async function run({ rounds = ROUNDS, save }: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'frond-bench-tokens-'));
  const measured = await measureAll(variantsIn(folder), rounds).finally(() => rmSync(folder, { recursive: true }));
  const of = (list: readonly Measurement[], key: keyof Measurement) => list.map(each => each[key]);
  printTable(
    measured.map(({ route, variant, values, floors }) => ({
      route,
      with: variant,
      'requests/s': spread(of(values, 'perSecond'), 0),
      'floor requests/s': spread(of(floors, 'perSecond'), 0),
      'CPU µs a request': spread(of(values, 'cpuMicros'), 1),
      'floor µs': spread(of(floors, 'cpuMicros'), 1),
      'CPU over the floor': pairedRatio(of(values, 'cpuMicros'), of(floors, 'cpuMicros')).toFixed(2),
      'least over least': leastRatio(of(values, 'cpuMicros'), of(floors, 'cpuMicros')).toFixed(2),
    })),
  );
  const capacity: Figures['capacity'] = measured.map(({ route, variant, values, floors }) => ({
    route,
    variant,
    cpuOverFloor: pairedRatio(of(values, 'cpuMicros'), of(floors, 'cpuMicros')),
  }));
  if (save) saveFigures({ capacity });
}
