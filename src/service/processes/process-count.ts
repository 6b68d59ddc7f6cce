import { availableParallelism } from 'node:os';
import type { Config } from '../../config.ts';

/** How many processes are to serve; `auto` is one for each core that this process may use. */
export function processCount({ processes }: Pick<Config, 'processes'>): number {
  return processes === 'auto' ? availableParallelism() : processes;
}
