import type { Slot, SlotStore } from '../../src/stores/slot-store.ts';
import type { System } from '../../src/system/system.ts';
import type { Machine } from './machine.ts';
import type { Prng } from './prng.ts';
import type { LinkUser } from './slot-link.ts';
import type { Weather } from './weather.ts';

/** What a process brings along to reach the slots. */
export interface ReachParts {
  readonly user: LinkUser;
  readonly machine: Machine;
  readonly system: System;
  readonly prng: Prng;
  readonly weather: Weather;
}

/** One process's way to the slots. */
export interface Reach {
  readonly store: SlotStore;
  /** The end of the process, however it came. */
  died(): void;
}

/** A change of a record that took effect. */
export interface Applied {
  readonly by: string;
  readonly isClaim: boolean;
  readonly before: Slot | undefined;
  readonly after: Slot;
}

/** What keeps the slots of a world, as the world sees and torments it. */
export interface SimStore {
  readonly slots: readonly Slot[];
  /** How many worker IDs were ever made in it; those whose creation was taken back never come again. */
  readonly workerIdsMade: number;
  /** No claim that takes effect now may use it or anything below; Unix ms. */
  readonly floorMs: number;
  /** How far its clock is off; ms. */
  offsetMs: number;
  /** Until then it answers nobody; true time. */
  downUntilMs: number;
  downIsSilent: boolean;
  /** Who is known to live on the slot. */
  holderOf(workerId: number): string | undefined;
  expireSessions(): void;
  /** Remembers how it is; what is returned takes it back there, under a new floor. */
  snapshot(): (floorMs: number) => void;
  /** Whatever the storm left broken. */
  heal(): void;
  reach(parts: ReachParts): Reach;
}
