import cluster from 'node:cluster';
import type { Config } from '../../config.ts';
import { FrondError } from '../../errors.ts';
import { realSystem } from '../../system/system.ts';
import { createLog } from '../log.ts';
import { reloadOnSignal, stopLimitMs, stopOnSignals } from '../signals.ts';
import { Supervisor } from './supervisor.ts';

/** Longer than the supervisor itself waits for its processes. */
const GRACE_MS = 5000;

/** Runs `count` serving processes until a signal ends them. @throws Error when they cannot start, FrondError INVALID_CONFIG inside another cluster */
export async function supervise(count: number, config: Config): Promise<void> {
  if (!cluster.isPrimary) {
    const problem = 'this process is one of several already; set it to 1';
    throw new FrondError('INVALID_CONFIG', { setting: 'FROND_PROCESSES', problem });
  }
  const log = await createLog(config);
  const system = { ...realSystem, logger: log };
  const supervisor = new Supervisor(count, config, system);
  stopOnSignals(() => supervisor.stop(), { system, limitMs: stopLimitMs(config) + GRACE_MS });
  reloadOnSignal(config, () => supervisor.reload());
  process.on('exit', () => supervisor.kill());
  await supervisor.start();
  log.info({ processes: count }, 'all processes started');
}
