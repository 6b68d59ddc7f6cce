import type { CeilingRegister } from '../../../src/stores/ceiling-register.ts';
import type { RangeStore } from '../../../src/stores/range-store.ts';
import type { Agenda } from '../agenda.ts';
import type { Prng } from '../prng.ts';
import type { Trace } from '../trace.ts';
import type { Weather } from '../weather.ts';
import type { SegmentChecker } from './checker.ts';
import type { SimDatabase } from './database.ts';
import type { DatabaseLink } from './database-link.ts';
import type { SegmentPlan } from './plan.ts';
import type { SimRegister } from './register.ts';
import type { SegmentTally } from './tally.ts';

/** Lies that are put between the parts of a process; each hands on what it is given where nothing is switched off. */
export interface Lies {
  readonly wrapDatabase?: (link: DatabaseLink, prng: Prng) => DatabaseLink;
  readonly wrapRegister?: (register: CeilingRegister) => CeilingRegister;
  /** Between the whole store and the allocator, below what is observed. */
  readonly wrapStore?: (store: RangeStore, prng: Prng) => RangeStore;
  /** A server that was promoted or started anew gives what was left before. */
  readonly isOneRun?: boolean;
  /** Makes the process take ranges that it should refuse. */
  readonly takesAnyRange?: boolean;
}

/** What all processes of a world share. */
export interface SegmentSurroundings {
  readonly plan: SegmentPlan;
  readonly agenda: Agenda;
  readonly prng: Prng;
  readonly databases: readonly SimDatabase[];
  readonly register: SimRegister;
  readonly weather: Weather;
  readonly checker: SegmentChecker;
  readonly trace: Trace;
  readonly tally: SegmentTally;
  readonly lies: Lies;
}
