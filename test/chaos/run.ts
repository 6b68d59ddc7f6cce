/**
 * `npm run chaos -- --seconds 60 --seed 1`: five real processes and a real ZooKeeper under load, while faults come from
 * the seed. Exits with 1 when an ID was given twice, IDs did not rise, or a process did not come back.
 */
import { parseArgs } from 'node:util';
import { chooseZookeeperRuntime } from '../support/servers/zookeeper-runtime.ts';
import { newZookeeper } from '../support/servers/zookeeper-services.ts';
import { runChaos } from './chaos.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error('--seconds is above 0, --seed an integer');
console.log(`seed ${seed}, ${seconds} s`);

const { runtime, why } = chooseZookeeperRuntime(true);
console.log(`ZooKeeper: ${why}`);
const end = new AbortController();
process.once('SIGINT', () => end.abort());
const server = newZookeeper(runtime);
await server.start();
try {
  const report = await runChaos({ server, seed, seconds, end: end.signal });
  const { attempted, acknowledged, duplicated, failures, story } = report;
  for (const line of story) console.log(line);
  console.log(`attempted ${attempted}, acknowledged ${acknowledged}, duplicated ${duplicated}`);
  print('faults', report.faults);
  print('refusals', report.refusals);
  const recoveredS = (report.recoveryMs / 1000).toFixed(1);
  console.log(
    `${report.skippedFaults} faults skipped, ${report.starts} starts, all served again within ${recoveredS} s of the last fault`,
  );
  for (const failure of failures) console.log(`FAILED: ${failure}`);
  console.log(failures.length === 0 ? 'passed' : `failed; seed ${seed}`);
  if (failures.length > 0) process.exitCode = 1;
} finally {
  await server.stop();
}
// Node 26 spins for ever at its end over a socket that was reset while it was shutting down; the proxies do that.
process.exit();

function print(title: string, counts: ReadonlyMap<string, number>): void {
  console.log(`${title}:`);
  for (const [name, count] of [...counts].sort()) console.log(`${String(count).padStart(8)}  ${name}`);
}
