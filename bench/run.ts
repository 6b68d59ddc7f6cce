/**
 * `npm run bench` runs all benchmarks, `npm run bench -- in-process http` those that are named; `--rounds 20` more rounds
 * than each has by itself, `--zookeeper zookeeper://host:port/tree` renewals there as well, `--save` keeps the figures
 * that docs/benchmarks.svg shows.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { BenchOptions } from './options.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<{ run(options: BenchOptions): Promise<void> }>>> = {
  'in-process': () => import('./in-process.ts'),
  'segment-policy': () => import('./segment-policy.ts'),
  http: () => import('./http.ts'),
  'http-latency': () => import('./http-latency.ts'),
  'http-batch': () => import('./http-batch.ts'),
  'http-processes': () => import('./http-processes.ts'),
  overload: () => import('./overload.ts'),
  renewals: () => import('./renewals.ts'),
  tags: () => import('./tags.ts'),
};

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, zookeeper: { type: 'string' }, save: { type: 'boolean', default: false } },
});
const options: BenchOptions = {
  rounds: values.rounds === undefined ? undefined : Number(values.rounds),
  zookeeper: values.zookeeper,
  save: values.save,
};
const unknown = wanted.filter(name => !(name in BENCHMARKS));
if (unknown.length > 0) {
  console.error(`unknown benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exit(1);
}
if (options.rounds !== undefined && !(Number.isInteger(options.rounds) && options.rounds > 0)) {
  console.error(`--rounds is ${values.rounds}; expected a whole number, 1 or more`);
  process.exit(1);
}
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
for (const [name, load] of Object.entries(BENCHMARKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n== ${name}`);
  await (await load()).run(options);
}
