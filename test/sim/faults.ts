import type { Machine } from './machine.ts';
import type { Prng } from './prng.ts';
import type { SimProcess } from './process.ts';
import type { SimStore } from './sim-store.ts';
import type { Weather } from './weather.ts';
import type { Ensemble } from './zookeeper/ensemble.ts';

/** What a fault may touch. */
export interface Faulty {
  readonly prng: Prng;
  readonly machines: readonly Machine[];
  readonly processes: readonly SimProcess[];
  readonly server: SimStore;
  /** The same; undefined in worlds without ZooKeeper. */
  readonly ensemble: Ensemble | undefined;
  readonly weather: Weather;
  /** True time since the world began. */
  readonly nowMs: number;
  after(delayMs: number, run: () => void): void;
  /** Everything is ended, the records go back, the floor rises, everything starts. */
  restoreSnapshot(): void;
  /** Everything is ended; what was not yet durable may be gone; everything starts. */
  losePower(): void;
  /** All processes of a machine are ended; what was not yet durable there may be gone; they start again. */
  loseHost(machine: Machine): void;
  /** A process is ended, and an older record is put back on its machine. */
  restoreRecord(machine: Machine): void;
  /** The tree of a ZooKeeper goes while all run, and is made anew under a floor that is above all that they may use. */
  loseTree(withoutForMs: number): void;
}

export interface Fault {
  /** Mean time between two. */
  readonly everyMs: number;
  /** Where it can happen; everywhere when absent. */
  readonly kind?: 'proof' | 'bound' | 'zookeeper' | 'places';
  readonly inject: (world: Faulty) => void;
}

export type FaultName =
  | 'wallStep'
  | 'smallSteps'
  | 'jumpAndBack'
  | 'strobe'
  | 'drift'
  | 'suspend'
  | 'pause'
  | 'kill'
  | 'crashLoop'
  | 'stop'
  | 'cut'
  | 'outage'
  | 'storeClock'
  | 'calls'
  | 'staleLists'
  | 'sessionLoss'
  | 'restore'
  | 'powerLoss'
  | 'leaderChange'
  | 'serverHangs'
  | 'treeLoss'
  | 'diskFull'
  | 'oldRecord'
  | 'hostPower';

const anyMachine = ({ prng, machines }: Faulty): Machine => prng.pick(machines);
const anyProcess = ({ prng, processes }: Faulty): SimProcess => prng.pick(processes);
const signed = (prng: Prng, mean: number): number => prng.exponential(mean) * (prng.chance(0.5) ? 1 : -1);

/** What can go wrong, and how often where it does. */
export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  wallStep: {
    everyMs: 8000,
    inject: world => anyMachine(world).step(signed(world.prng, world.prng.pick([20, 1500, 6000, 60_000]))),
  },
  smallSteps: {
    everyMs: 15_000,
    inject: world => {
      const machine = anyMachine(world);
      for (let i = 0; i < 20; i++) world.after(i * 150, () => machine.step(-world.prng.exponential(150)));
    },
  },
  jumpAndBack: {
    everyMs: 20_000,
    inject: world => {
      const machine = anyMachine(world);
      const byMs = world.prng.pick([2000, 30_000, 3_600_000]) * (0.5 + world.prng.fraction());
      machine.step(byMs);
      world.after(world.prng.exponential(5000), () => machine.step(-byMs));
    },
  },
  strobe: {
    everyMs: 20_000,
    inject: world => {
      const machine = anyMachine(world);
      for (let i = 0; i < 40; i++) world.after(i * 10, () => machine.step(i % 2 === 0 ? 200 : -200));
    },
  },
  drift: { everyMs: 20_000, inject: world => anyMachine(world).drift(0.95 + world.prng.fraction() / 10) },
  suspend: { everyMs: 25_000, inject: world => anyMachine(world).suspend(world.prng.exponential(8000)) },
  pause: {
    everyMs: 6000,
    inject: world => anyProcess(world).pause(world.prng.exponential(world.prng.pick([300, 8000]))),
  },
  kill: { everyMs: 8000, inject: world => anyProcess(world).kill(world.prng.exponential(3000)) },
  crashLoop: {
    everyMs: 25_000,
    inject: world => {
      const process = anyProcess(world);
      for (let i = 1; i <= 10; i++) world.after(i * 200, () => process.kill(0));
    },
  },
  stop: { everyMs: 10_000, inject: world => anyProcess(world).stop(world.prng.exponential(4000)) },
  cut: {
    everyMs: 12_000,
    kind: 'bound',
    inject: world => {
      const machine = anyMachine(world);
      machine.cutUntilMs = world.nowMs + world.prng.exponential(world.prng.pick([2000, 12_000, 25_000]));
      machine.cutIsSilent = world.prng.chance(0.5);
    },
  },
  outage: {
    everyMs: 20_000,
    inject: ({ server, prng, nowMs }) => {
      server.downUntilMs = nowMs + prng.exponential(6000);
      server.downIsSilent = prng.chance(0.5);
    },
  },
  storeClock: {
    everyMs: 20_000,
    kind: 'bound',
    inject: ({ server, prng }) => {
      server.offsetMs = prng.chance(0.3) ? 0 : signed(prng, prng.pick([2000, 12_000, 3_600_000]));
    },
  },
  calls: {
    everyMs: 10_000,
    inject: ({ weather, prng }) => {
      const often = prng.pick([0, 0.03, 0.2, 0.5]);
      for (const name of ['failBefore', 'failAfter', 'hang', 'slow'] as const) {
        weather[name] = prng.chance(0.6) ? often * prng.fraction() : 0;
      }
      weather.kill = prng.pick([0, 0, 0.02, 0.2]);
    },
  },
  staleLists: {
    everyMs: 15_000,
    kind: 'bound',
    inject: ({ weather, prng }) => {
      weather.stale = prng.pick([0, 0.3, 1]);
    },
  },
  sessionLoss: { everyMs: 12_000, kind: 'bound', inject: ({ server }) => server.expireSessions() },
  restore: { everyMs: 60_000, kind: 'bound', inject: world => world.restoreSnapshot() },
  powerLoss: { everyMs: 8000, kind: 'proof', inject: world => world.losePower() },
  leaderChange: {
    everyMs: 12_000,
    kind: 'zookeeper',
    inject: ({ ensemble, prng }) => {
      const offsetMs = prng.chance(0.4) ? 0 : signed(prng, prng.pick([50, 2000, 86_400_000]));
      ensemble?.changeLeader(prng.exponential(800), offsetMs);
    },
  },
  serverHangs: {
    everyMs: 8000,
    kind: 'zookeeper',
    inject: ({ ensemble, prng, nowMs }) => {
      if (ensemble !== undefined) prng.pick(ensemble.servers).hungUntilMs = nowMs + prng.exponential(8000);
    },
  },
  diskFull: {
    everyMs: 12_000,
    kind: 'places',
    inject: world => {
      anyMachine(world).diskFullUntilMs = world.nowMs + world.prng.exponential(world.prng.pick([1500, 8000]));
    },
  },
  oldRecord: { everyMs: 8000, kind: 'places', inject: world => world.restoreRecord(anyMachine(world)) },
  hostPower: { everyMs: 15_000, kind: 'places', inject: world => world.loseHost(anyMachine(world)) },
  treeLoss: {
    everyMs: 20_000,
    kind: 'zookeeper',
    inject: world => world.loseTree(world.prng.exponential(world.prng.pick([100, 3000]))),
  },
};
