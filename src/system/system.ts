import { type Clock, systemClock } from './clock.ts';
import { type Logger, silentLogger } from './logger.ts';
import { type Random, systemRandom } from './random.ts';
import { systemTimers, type Timers } from './timers.ts';

/** Everything that an allocator or store takes from its surroundings. */
export interface System {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
}

export const realSystem: System = {
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom,
  logger: silentLogger,
};
