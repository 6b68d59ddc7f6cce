/** `npm run fuzz -- --cases 20000 --seed 1`: the fuzz of the HTTP API against a service of its own. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Service } from '../support/service.ts';
import { fuzz } from './fuzz.ts';

const { values } = parseArgs({ options: { cases: { type: 'string' }, seed: { type: 'string' } } });
const count = Number(values.cases ?? 20_000);
const seed = Number(values.seed ?? randomInt(2 ** 31));
console.log(`${count} cases, seed ${seed}`);

const service = await new Service().start();
try {
  await service.ready();
  const startedMs = performance.now();
  const { cases, statuses, operations, grownBytes } = await fuzz(service, count, seed);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${cases} cases in ${seconds} s; resident memory ${(grownBytes / 2 ** 20).toFixed(1)} MB more`);
  console.table(Object.fromEntries([...statuses].sort(([a], [b]) => a - b)));
  console.table(Object.fromEntries([...operations].sort(([a], [b]) => a.localeCompare(b))));
} finally {
  await service.remove();
}
