import { Agenda } from '../agenda.ts';
import { Machine } from '../machine.ts';
import { Prng } from '../prng.ts';
import { Trace } from '../trace.ts';
import { FAIR, type Weather } from '../weather.ts';
import { SEGMENT_ABLATIONS, type SegmentAblationName } from './ablations.ts';
import { SegmentChecker, type SegmentRule, type SegmentViolation } from './checker.ts';
import { SimDatabase } from './database.ts';
import { SEGMENT_FAULTS, type SegmentFaultName, type SegmentFaulty } from './faults.ts';
import type { SegmentLife } from './life.ts';
import { type SegmentPlan, type SegmentWishes, segmentPlanOf } from './plan.ts';
import { checkSegmentRecovery, GRACE_MS } from './recovery.ts';
import { SimRegister } from './register.ts';
import { SegmentSeat } from './seat.ts';
import { SegmentTally } from './tally.ts';

export interface SegmentWorldOptions extends SegmentWishes {
  readonly seed: number;
  readonly ablation?: SegmentAblationName | undefined;
  /** When given, only these rules are checked. */
  readonly only?: readonly SegmentRule[] | undefined;
}

export interface SegmentOutcome {
  readonly seed: number;
  readonly hash: string;
  readonly ids: number;
  readonly steps: number;
  readonly tally: SegmentTally;
  readonly violation: SegmentViolation | undefined;
  /** The last events, oldest first. */
  readonly events: readonly string[];
}

const LIMIT_OF_STOP_MS = 10_000;

/** Runs the world of a seed: a storm of faults, then fair weather in which everybody has to serve, then the end. */
export function simulateSegments(options: SegmentWorldOptions): Promise<SegmentOutcome> {
  return new SegmentWorld(options).run();
}

class SegmentWorld implements SegmentFaulty {
  readonly prng: Prng;
  readonly plan: SegmentPlan;
  readonly agenda: Agenda;
  readonly machines: readonly Machine[];
  readonly seats: readonly SegmentSeat[];
  readonly databases: readonly SimDatabase[];
  readonly register: SimRegister;
  readonly tagNames: readonly string[];
  readonly weather: Weather = { ...FAIR };
  readonly tally = new SegmentTally();
  readonly #seed: number;
  readonly #checker: SegmentChecker;
  readonly #trace: Trace;
  #storm = true;

  constructor({ seed, ablation, only, ...wishes }: SegmentWorldOptions) {
    const { lies = {}, ...wished } = ablation === undefined ? {} : SEGMENT_ABLATIONS[ablation];
    const prng = new Prng(seed);
    const plan = segmentPlanOf(prng, { ...wishes, ...wished });
    this.#seed = seed;
    this.prng = prng;
    this.plan = plan;
    this.tagNames = [...plan.tags.keys()];
    this.agenda = new Agenda(prng.fork());
    this.#trace = new Trace(() => this.agenda.nowMs);
    this.#checker = new SegmentChecker({
      ceiling: plan.ceiling,
      isStrict: plan.keeps || plan.ceiling === 'required',
      // A list from a replica that lags looks the same.
      goesBack: !plan.keeps || plan.faults.has('staleReads'),
      forgot: (tag, id) => this.databases.some(database => database.forgot(tag, id)),
      excused: () => this.tally.add('duplicate that nobody could know of'),
      only,
    });
    this.databases = Array.from({ length: plan.primaries }, (_, i) => {
      const rows = [...plan.tags].map(([tag, row]) => [tag, { ...row, description: null }] as const);
      const remainder = plan.sameResidue ? 0 : i;
      const residue = plan.primaries === 1 ? undefined : { delta: plan.primaries, remainder };
      return new SimDatabase({
        ...{ name: `simulated:db${i}`, rows: new Map(rows), residue, agenda: this.agenda, prng: prng.fork() },
        isOneRun: lies.isOneRun ?? false,
      });
    });
    this.register = new SimRegister(this.agenda);
    this.machines = Array.from({ length: plan.machines }, (_, i) => new Machine(`m${i}`, this.agenda));
    const around = {
      ...{ plan, agenda: this.agenda, prng: prng.fork(), databases: this.databases, register: this.register, lies },
      ...{ weather: this.weather, checker: this.#checker, trace: this.#trace, tally: this.tally },
    };
    this.seats = Array.from(
      { length: plan.processes },
      (_, i) => new SegmentSeat(`p${i}`, this.machines[i % plan.machines]!, around),
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

  async run(): Promise<SegmentOutcome> {
    const { plan, agenda } = this;
    this.#trace.note('world', describe(plan));
    for (const seat of this.seats) agenda.after(this.prng.exponential(300), () => seat.start());
    for (const name of plan.faults.keys()) this.#brew(name);
    await this.#pass(plan.stormMs);
    this.#calm();
    await this.#pass(GRACE_MS);
    const lives = () => this.#lives();
    const wait = (ms: number) => this.#pass(ms);
    const { databases, register } = this;
    if (this.#goesOn()) {
      await checkSegmentRecovery({ checker: this.#checker, plan, databases, register, lives, wait });
    }
    if (this.#goesOn()) await this.#endAll();
    return {
      seed: this.#seed,
      hash: this.#trace.hash,
      ids: this.#checker.ids,
      steps: agenda.steps,
      tally: this.tally,
      violation: this.#checker.violation,
      events: this.#trace.tail,
    };
  }

  /** The next fault of a kind, and the one after it. */
  #brew(name: SegmentFaultName): void {
    this.after(this.prng.exponential(this.plan.faults.get(name)!), () => {
      this.#trace.note('fault', name);
      SEGMENT_FAULTS[name].inject(this);
      this.#brew(name);
    });
  }

  /** No more faults, and everything that is broken is mended. */
  #calm(): void {
    this.#storm = false;
    this.#trace.note('world', 'calms down');
    Object.assign(this.weather, FAIR);
    this.register.downUntilMs = 0;
    for (const database of this.databases) {
      if (database.endSplit()) this.tally.add('split brain wrote twice');
      database.calm();
    }
    for (const machine of this.machines) machine.heal(0);
    for (const seat of this.seats) {
      seat.life?.host.resume();
      seat.start();
    }
  }

  /** Every process is stopped in order, and has to end. */
  async #endAll(): Promise<void> {
    const lives = this.#lives();
    for (const life of lives) life.stop(() => {});
    await this.#pass(LIMIT_OF_STOP_MS);
    for (const life of lives) {
      if (life.isAlive) this.#checker.fail('liveness', `${life.name} does not come to an end`);
    }
  }

  #lives(): SegmentLife[] {
    return this.seats.flatMap(({ life }) => (life === undefined || life.isStopping ? [] : [life]));
  }

  #goesOn(): boolean {
    return this.#checker.violation === undefined;
  }

  #pass(forMs: number): Promise<void> {
    return this.agenda.runUntil(this.agenda.nowMs + forMs, () => this.#goesOn());
  }
}

function describe({ primaries, ceiling, keeps, machines, processes, tags, options, faults }: SegmentPlan): string {
  const rows = [...tags].map(([tag, { maxId, stepIds }]) => `${tag} from ${maxId} by ${stepIds}`);
  const stores = `${primaries} databases that ${keeps ? 'keep their word' : 'may go back'}, ceiling ${ceiling}`;
  return `${processes} processes on ${machines} machines, ${stores}, ${rows.join(', ')}, ${JSON.stringify(options)}, faults ${[...faults.keys()].join(' ')}`;
}
