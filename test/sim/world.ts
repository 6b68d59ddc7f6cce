import { DEFAULT_LAYOUT } from '../../src/allocators/snowflake/id-layout.ts';
import { ABLATIONS, type Ablation, type AblationName } from './ablations.ts';
import { Agenda } from './agenda.ts';
import { Checker } from './checker.ts';
import { FAULTS, type FaultName, type Faulty } from './faults.ts';
import type { Life } from './life.ts';
import { Machine, T0_MS } from './machine.ts';
import { LOOKAHEAD_MS, type Plan, planOf, ROLLBACK_LIMIT_MS } from './plan.ts';
import { Prng } from './prng.ts';
import { SimProcess } from './process.ts';
import { checkRecovery, graceMsOf } from './recovery.ts';
import type { Applied, SimStore } from './sim-store.ts';
import { SlotServer } from './slot-server.ts';
import type { Surroundings } from './surroundings.ts';
import { Tally } from './tally.ts';
import { Trace } from './trace.ts';
import type { Rule, Violation } from './verdict.ts';
import { FAIR, type Weather } from './weather.ts';
import { Ensemble } from './zookeeper/ensemble.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly ablation?: AblationName | undefined;
  /** Whether it has a ZooKeeper; by default every second one has. */
  readonly zookeeper?: boolean | undefined;
  /** Whether its hosts keep records; by default it is drawn. */
  readonly places?: Plan['places'] | undefined;
  /** When given, only these rules are checked. */
  readonly only?: readonly Rule[] | undefined;
}

export interface Outcome {
  readonly seed: number;
  readonly hash: string;
  readonly ids: number;
  readonly steps: number;
  readonly tally: Tally;
  readonly violation: Violation | undefined;
  /** The last events, oldest first. */
  readonly events: readonly string[];
}

const LIMIT_OF_STOP_MS = 60_000;

/** Runs the world of a seed: a storm of faults, then fair weather in which everybody has to serve, then the end. */
export function simulate(options: WorldOptions): Promise<Outcome> {
  return new World(options).run();
}

class World implements Faulty {
  readonly prng: Prng;
  readonly plan: Plan;
  readonly agenda: Agenda;
  readonly machines: readonly Machine[];
  readonly processes: readonly SimProcess[];
  readonly server: SimStore;
  readonly ensemble: Ensemble | undefined;
  readonly weather: Weather = { ...FAIR };
  readonly #seed: number;
  readonly #checker: Checker;
  readonly #trace: Trace;
  readonly #tally = new Tally();
  #storm = true;
  /** Of a store that is made anew. */
  #floorMs = 0;
  #goBack: (floorMs: number) => void;
  #model: SlotServer | undefined;

  constructor({ seed, ablation, zookeeper, places, only }: WorldOptions) {
    const prng = new Prng(seed);
    const { wrap, wrapClient, wrapProof, ...wishes }: Partial<Ablation> =
      ablation === undefined ? {} : ABLATIONS[ablation];
    const plan = planOf(prng, { zookeeper: zookeeper ?? seed % 2 === 0, places, ...wishes });
    this.#seed = seed;
    this.prng = prng;
    this.plan = plan;
    this.agenda = new Agenda(prng.fork());
    this.#trace = new Trace(() => this.agenda.nowMs);
    const { workerBits, sequenceBits } = plan.options;
    this.#checker = new Checker({
      layout: { ...DEFAULT_LAYOUT, workerBits, sequenceBits },
      provesDeath: plan.provesDeath,
      offline: plan.places === 'offline',
      rollbackLimitMs: ROLLBACK_LIMIT_MS,
      lookaheadMs: LOOKAHEAD_MS,
      only,
    });
    const applied = (change: Applied) => this.#applied(change);
    if (plan.zookeeper) {
      this.ensemble = new Ensemble({
        ...{ agenda: this.agenda, prng: prng.fork(), weather: this.weather, tally: this.#tally, applied },
        layout: { ...DEFAULT_LAYOUT, workerBits, sequenceBits },
        sessionMs: plan.sessionMs,
        createdTwice: by => this.#checker.fail('one record', `${by} made two slots with one token in one session`),
        lives: name => this.processes.some(({ life }) => life?.name === name),
        wrapClient: wrapClient ?? (client => client),
      });
      this.server = this.ensemble;
    } else {
      this.#model = new SlotServer(plan, this.agenda, applied);
      this.server = this.#model;
    }
    this.#goBack = this.server.snapshot();
    this.machines = Array.from({ length: plan.machines }, (_, i) => new Machine(`m${i}`, this.agenda));
    for (const machine of this.machines) machine.places.hasLocks = !plan.unlocked;
    const around: Surroundings = {
      ...{ plan, agenda: this.agenda, prng: prng.fork(), server: this.server, weather: this.weather },
      ...{ checker: this.#checker, trace: this.#trace, tally: this.#tally },
      wrapStore: wrap ?? (store => store),
      wrapProof: wrapProof ?? (proof => proof),
    };
    this.processes = Array.from(
      { length: plan.processes },
      (_, i) => new SimProcess(`p${i}`, this.machines[i % plan.machines]!, around),
    );
  }

  get nowMs(): number {
    return this.agenda.nowMs;
  }

  after(delayMs: number, run: () => void): void {
    this.agenda.after(delayMs, () => {
      if (this.#storm) run();
    });
  }

  async run(): Promise<Outcome> {
    const { plan, agenda } = this;
    this.#trace.note('world', describe(plan));
    for (const process of this.processes) agenda.after(this.prng.exponential(500), () => process.start());
    agenda.after(this.prng.exponential(plan.stormMs / 2), () => {
      this.#goBack = this.server.snapshot();
    });
    for (const name of plan.faults.keys()) this.#brew(name);
    await this.#pass(plan.stormMs);
    this.#calm();
    await this.#pass(graceMsOf(plan));
    if (this.#goesOn())
      await checkRecovery(
        () => this.#lives(),
        this.#judged(),
        ms => this.#pass(ms),
      );
    if (this.#goesOn()) await this.#endAll();
    return {
      seed: this.#seed,
      hash: this.#trace.hash,
      ids: this.#checker.ids,
      steps: agenda.steps,
      tally: this.#tally,
      violation: this.#checker.violation,
      events: this.#trace.tail,
    };
  }

  restoreSnapshot(): void {
    for (const process of this.processes) process.life?.kill();
    this.#raiseFloor();
    this.#goBack(this.#floorMs);
    this.#tally.add('records restored under a raised floor');
    this.#startAll();
  }

  losePower(): void {
    for (const process of this.processes) process.life?.kill();
    this.#model?.losePower(() => {
      const loses = this.prng.chance(0.7);
      if (loses) this.#tally.add('power lost with a write undone');
      return loses;
    });
    this.#startAll();
  }

  loseHost(machine: Machine): void {
    const hit = this.processes.filter(process => process.machine === machine);
    for (const process of hit) process.life?.kill();
    machine.places.losePower(() => {
      const loses = this.prng.chance(0.7);
      if (loses) this.#tally.add('record lost with the power');
      return loses;
    });
    for (const process of hit) this.agenda.after(this.prng.exponential(3000), () => process.start());
  }

  restoreRecord(machine: Machine): void {
    const hit = this.processes.find(process => process.machine === machine);
    hit?.kill(this.prng.exponential(3000));
    if (machine.places.restoreCopy(this.server.slots, this.prng)) this.#tally.add('older record put back');
  }

  loseTree(withoutForMs: number): void {
    const { ensemble } = this;
    if (ensemble?.hasTree !== true) return;
    this.#raiseFloor();
    ensemble.deleteTree();
    this.after(withoutForMs, () => this.#remakeTree());
  }

  /** As `frond init --slots-lost` does. */
  #remakeTree(): void {
    if (this.ensemble === undefined || this.ensemble.hasTree) return;
    this.#tally.add('tree made anew under a raised floor');
    this.#trace.note('operator', `makes the tree anew, floor ${this.#floorMs}`);
    this.ensemble.makeTree(this.#floorMs);
  }

  /** Above all that anybody may use; there may be no tree to see it from. */
  #raiseFloor(): void {
    const bounds = this.server.slots.map(slot => slot.data.boundMs);
    this.#floorMs = Math.max(this.#floorMs, this.server.floorMs, ...bounds);
  }

  #applied(change: Applied): void {
    const { state, hwmMs, boundMs } = change.after.data;
    const what = change.isClaim ? 'claims' : state === 'held' ? 'renews' : 'releases';
    if (what === 'releases') this.#tally.add('release acknowledged');
    this.#trace.note(change.by, `${what} worker ${change.after.workerId}, mark ${hwmMs}, bound ${boundMs}`);
    this.#checker.applied(change, this.server.floorMs);
  }

  #startAll(): void {
    for (const process of this.processes) this.agenda.after(this.prng.exponential(1000), () => process.start());
  }

  /** The next fault of a kind, and the one after it. */
  #brew(name: FaultName): void {
    this.after(this.prng.exponential(this.plan.faults.get(name)!), () => {
      this.#trace.note('fault', name);
      FAULTS[name].inject(this);
      this.#brew(name);
    });
  }

  /** No more faults, and everything that is broken is mended. */
  #calm(): void {
    this.#storm = false;
    this.#trace.note('world', 'calms down');
    Object.assign(this.weather, FAIR);
    this.server.heal();
    this.#remakeTree();
    for (const machine of this.machines) machine.heal(this.prng.int(-50, 50));
    for (const process of this.processes) {
      process.life?.resume();
      process.start();
    }
  }

  /** Every process is stopped in order, and has to end. */
  async #endAll(): Promise<void> {
    const lives = this.processes.flatMap(({ life }) => life ?? []);
    for (const life of lives) life.stop(() => {});
    await this.#pass(LIMIT_OF_STOP_MS);
    for (const life of lives) {
      if (life.isAlive) this.#checker.fail('liveness', `${life.name} does not come to an end`);
    }
  }

  #lives(): Life[] {
    return this.processes.flatMap(({ life }) => (life === undefined || life.isStopping ? [] : [life]));
  }

  #judged() {
    return { checker: this.#checker, server: this.server, plan: this.plan };
  }

  #goesOn(): boolean {
    return this.#checker.violation === undefined;
  }

  #pass(forMs: number): Promise<void> {
    return this.agenda.runUntil(this.agenda.nowMs + forMs, () => this.#goesOn());
  }
}

function describe({ zookeeper, provesDeath, machines, processes, sessionMs, hasTime, options, faults }: Plan): string {
  const { workerBits, sequenceBits, allowanceMs } = options;
  const kind = zookeeper ? 'ZooKeeper' : provesDeath ? 'locks' : 'bounds';
  const traits = `session ${sessionMs}, store time ${hasTime}, allowance ${allowanceMs}, bits ${workerBits}+${sequenceBits}`;
  return `${processes} processes on ${machines} machines, ${kind}, ${traits}, faults ${[...faults.keys()].join(' ')} (T0 ${T0_MS})`;
}
