/**
 * Requests per second of two processes over one. Where the load generator needs the cores that the second process
 * could have, as on a machine of two cores, no gain is to be seen; what is seen then is what the distribution costs.
 */
import { closedLoop, type Measurement } from './http-load.ts';
import type { BenchOptions } from './options.ts';
import { ServerProcess } from './server-process.ts';
import { pairedRatio, printTable, spread } from './statistics.ts';

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 64;
const PATH = '/id/segment/demo';

export async function run({ rounds = ROUNDS }: BenchOptions): Promise<void> {
  const one = await ServerProcess.frond();
  const two = await ServerProcess.frond({ FROND_PROCESSES: '2' });
  try {
    const ones: Measurement[] = [];
    const twos: Measurement[] = [];
    for (let round = 0; round <= rounds; round++) {
      const [of1, of2] = [
        await closedLoop(one, PATH, SECONDS, {}, CONNECTIONS),
        await closedLoop(two, PATH, SECONDS, {}, CONNECTIONS),
      ];
      // The first round warms up.
      if (round === 0) continue;
      ones.push(of1);
      twos.push(of2);
    }
    const of = (list: readonly Measurement[], key: keyof Measurement) => list.map(each => each[key]);
    const row = (processes: string, list: readonly Measurement[]) => ({
      processes,
      'requests/s': spread(of(list, 'perSecond'), 0),
      'over one process': pairedRatio(of(list, 'perSecond'), of(ones, 'perSecond')).toFixed(2),
    });
    printTable([row('1', ones), row('2', twos)]);
  } finally {
    await one.stop();
    await two.stop();
  }
}
