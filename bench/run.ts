/** `npm run bench` runs all benchmarks, `npm run bench -- in-process` and `npm run bench -- http` one of them. */
import { cpus } from 'node:os';

const BENCHMARKS: Readonly<Record<string, () => Promise<{ run(): Promise<void> }>>> = {
  'in-process': () => import('./in-process.ts'),
  http: () => import('./http.ts'),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => !(name in BENCHMARKS));
if (unknown.length > 0) {
  console.error(`unknown benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exit(1);
}
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
for (const [name, load] of Object.entries(BENCHMARKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n== ${name}`);
  await (await load()).run();
}
