import type { SlotProof } from '../../src/stores/slot-proof.ts';
import type { SlotStore } from '../../src/stores/slot-store.ts';
import type { Agenda } from './agenda.ts';
import type { Checker } from './checker.ts';
import type { Plan } from './plan.ts';
import type { Prng } from './prng.ts';
import type { SimStore } from './sim-store.ts';
import type { Tally } from './tally.ts';
import type { Trace } from './trace.ts';
import type { Weather } from './weather.ts';

/** What all processes of a world share. */
export interface Surroundings {
  readonly plan: Plan;
  readonly agenda: Agenda;
  readonly prng: Prng;
  readonly server: SimStore;
  readonly weather: Weather;
  readonly checker: Checker;
  readonly trace: Trace;
  readonly tally: Tally;
  /** Put between an allocator and its link. */
  readonly wrapStore: (store: SlotStore, prng: Prng) => SlotStore;
  /** Put between an allocator and its place. */
  readonly wrapProof: (proof: SlotProof) => SlotProof;
}
