import type { Machine } from '../machine.ts';
import type { Prng } from '../prng.ts';
import type { Weather } from '../weather.ts';
import type { SimDatabase } from './database.ts';
import type { SimRegister } from './register.ts';
import type { SegmentSeat } from './seat.ts';
import type { SegmentTally } from './tally.ts';

/** What a fault may touch. */
export interface SegmentFaulty {
  readonly prng: Prng;
  readonly machines: readonly Machine[];
  readonly seats: readonly SegmentSeat[];
  readonly databases: readonly SimDatabase[];
  readonly register: SimRegister;
  readonly tagNames: readonly string[];
  readonly weather: Weather;
  readonly tally: SegmentTally;
  /** True time since the world began. */
  readonly nowMs: number;
  after(delayMs: number, run: () => void): void;
}

export interface SegmentFault {
  /** Mean time between two. */
  readonly everyMs: number;
  /** Only where databases forget, where there are several, or under a ceiling. */
  readonly where?: 'forgets' | 'primaries' | 'ceiling';
  readonly inject: (world: SegmentFaulty) => void;
}

export type SegmentFaultName =
  | 'pause'
  | 'suspend'
  | 'kill'
  | 'stop'
  | 'cut'
  | 'outage'
  | 'calls'
  | 'staleReads'
  | 'registerOutage'
  | 'failover'
  | 'crash'
  | 'restore'
  | 'splitBrain'
  | 'residueLoss'
  | 'stepChange'
  | 'raise'
  | 'retire';

/** Changes that a replica lacks. */
const lag = (prng: Prng): number => prng.pick([0, 1, 2, prng.int(1, 20)]);

/** What can go wrong, and how often where it does. */
export const SEGMENT_FAULTS: Readonly<Record<SegmentFaultName, SegmentFault>> = {
  pause: {
    everyMs: 3000,
    inject: ({ prng, seats }) => prng.pick(seats).life?.pause(prng.exponential(prng.pick([300, 3000]))),
  },
  suspend: { everyMs: 8000, inject: ({ prng, machines }) => prng.pick(machines).suspend(prng.exponential(3000)) },
  kill: { everyMs: 3000, inject: ({ prng, seats }) => prng.pick(seats).kill(prng.exponential(1000)) },
  stop: { everyMs: 2500, inject: ({ prng, seats }) => prng.pick(seats).stop(prng.exponential(1000)) },
  cut: {
    everyMs: 6000,
    inject: ({ prng, machines, nowMs }) => {
      const machine = prng.pick(machines);
      machine.cutUntilMs = nowMs + prng.exponential(2000);
      machine.cutIsSilent = prng.chance(0.5);
    },
  },
  outage: {
    everyMs: 5000,
    inject: ({ prng, databases, nowMs }) => {
      const database = prng.pick(databases);
      database.downUntilMs = nowMs + prng.exponential(prng.pick([500, 4000]));
      database.downIsSilent = prng.chance(0.5);
    },
  },
  calls: {
    everyMs: 4000,
    inject: ({ weather, prng }) => {
      const often = prng.pick([0, 0.05, 0.3]);
      for (const name of ['failBefore', 'failAfter', 'hang', 'slow'] as const) {
        weather[name] = prng.chance(0.6) ? often * prng.fraction() : 0;
      }
      weather.kill = prng.pick([0, 0, 0.03]);
    },
  },
  staleReads: {
    everyMs: 5000,
    inject: ({ weather, prng }) => {
      weather.stale = prng.pick([0, 0.3, 1]);
    },
  },
  registerOutage: {
    everyMs: 5000,
    where: 'ceiling',
    inject: ({ register, prng, nowMs }) => {
      register.downUntilMs = nowMs + prng.exponential(2000);
      register.downIsSilent = prng.chance(0.5);
    },
  },
  failover: {
    everyMs: 4000,
    where: 'forgets',
    inject: world => {
      const database = world.prng.pick(world.databases);
      database.downUntilMs = world.nowMs + world.prng.exponential(300);
      if (database.failOver(lag(world.prng))) world.tally.add('failover lost updates');
      if (!world.prng.chance(0.3)) return;
      world.after(world.prng.exponential(1500), () => {
        if (database.flapBack()) world.tally.add('failover flapped back');
      });
    },
  },
  crash: {
    everyMs: 6000,
    where: 'forgets',
    inject: ({ databases, prng, nowMs, tally }) => {
      const database = prng.pick(databases);
      database.downUntilMs = nowMs + prng.exponential(1500);
      if (database.failOver(lag(prng))) tally.add('crash lost updates');
    },
  },
  restore: {
    everyMs: 8000,
    where: 'forgets',
    inject: world => {
      const database = world.prng.pick(world.databases);
      if (database.restoreBackup()) world.tally.add('backup restored');
      world.after(world.prng.exponential(2000), () => database.takeBackup());
    },
  },
  splitBrain: {
    everyMs: 6000,
    where: 'forgets',
    inject: world => {
      const database = world.prng.pick(world.databases);
      database.split(lag(world.prng));
      world.after(world.prng.exponential(2500), () => {
        if (database.endSplit()) world.tally.add('split brain wrote twice');
      });
    },
  },
  residueLoss: {
    everyMs: 5000,
    where: 'primaries',
    inject: world => {
      const database = world.prng.pick(world.databases);
      database.loseResidue(true);
      world.after(world.prng.exponential(1500), () => database.loseResidue(false));
    },
  },
  stepChange: {
    everyMs: 1500,
    inject: ({ prng, databases, tagNames, seats, tally }) => {
      const tag = prng.pick(tagNames);
      const stepIds = prng.pick([1, 3, 10, 30, 80]);
      if (seats.some(({ life }) => life?.store.isFetching(tag))) tally.add('step changed during a fetch');
      // By hand; one that is retired stays so.
      for (const each of databases) each.edit(tag, row => (row.stepIds === 0 ? row : { ...row, stepIds }));
    },
  },
  raise: {
    everyMs: 4000,
    inject: ({ prng, seats, tagNames }) => prng.pick(seats).life?.raise(prng.pick(tagNames)),
  },
  retire: {
    everyMs: 5000,
    inject: world => {
      const tag = world.prng.pick(world.tagNames);
      world.prng.pick(world.seats).life?.retire(tag);
      const seat = world.prng.pick(world.seats);
      world.after(world.prng.exponential(700), () => seat.life?.make(tag));
    },
  },
};
