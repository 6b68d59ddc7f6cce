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
import { pairedRatio, printTable, spread } from './statistics.ts';

const ROUNDS = 5;
const SECONDS = 2;
const ROUTES = ['/id/segment/demo', '/id/snowflake', '/id/uuid'] as const;
const TOKEN = 'frond_benchmark-0123456789abcdefghijklmnopqrstuv';

interface Variant {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly headers: readonly string[];
}

/** Limits that are looked at and never reached. */
const LIMITS = { FROND_TAG_LIMIT_IDS_PER_S: '1000000000', FROND_CLIENT_LIMIT_REQUESTS_PER_S: '1000000' };

function variantsIn(folder: string): readonly Variant[] {
  const tokensFile = join(folder, 'tokens.json');
  const entry = { name: 'bench', sha256: tokenDigest(TOKEN), scopes: ['ids'] };
  writeFileSync(tokensFile, JSON.stringify({ tokens: [entry] }));
  return [
    { name: 'metrics', env: {}, headers: [] },
    { name: 'metrics, limits', env: LIMITS, headers: [] },
    {
      name: 'metrics, limits, tokens',
      env: { ...LIMITS, FROND_TOKENS_FILE: tokensFile },
      headers: [`Authorization=Bearer ${TOKEN}`],
    },
  ];
}

interface Measured {
  readonly route: string;
  readonly variant: string;
  readonly values: Measurement[];
  readonly floors: Measurement[];
}

async function measure(variants: readonly Variant[], rounds: number): Promise<readonly Measured[]> {
  const floor = await ServerProcess.floor();
  const fronds = await Promise.all(variants.map(({ env }) => ServerProcess.frond(env)));
  try {
    await closedLoop(floor, '/', 1);
    for (const [i, frond] of fronds.entries())
      for (const route of ROUTES) await closedLoop(frond, route, 1, variants[i]!.headers);
    const all: Measured[] = [];
    for (const route of ROUTES) {
      const measured = variants.map(({ name }): Measured => ({ route, variant: name, values: [], floors: [] }));
      for (let round = 0; round < rounds; round++) {
        const floored = await closedLoop(floor, '/', SECONDS);
        for (const [i, frond] of fronds.entries()) {
          measured[i]!.floors.push(floored);
          measured[i]!.values.push(await closedLoop(frond, route, SECONDS, variants[i]!.headers));
        }
      }
      all.push(...measured);
    }
    return all;
  } finally {
    await Promise.all([floor, ...fronds].map(each => each.stop()));
  }
}

export async function run({ rounds = ROUNDS, save }: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'frond-bench-tokens-'));
  const measured = await measure(variantsIn(folder), rounds).finally(() => rmSync(folder, { recursive: true }));
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
    })),
  );
  const capacity: Figures['capacity'] = measured.map(({ route, variant, values, floors }) => ({
    route,
    variant,
    cpuOverFloor: pairedRatio(of(values, 'cpuMicros'), of(floors, 'cpuMicros')),
  }));
  if (save) saveFigures({ capacity });
}
