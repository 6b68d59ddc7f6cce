import type { RecordRead } from '../../src/stores/durable-record.ts';
import type { ProofRecord, SlotProof } from '../../src/stores/slot-proof.ts';
import type { Slot } from '../../src/stores/slot-store.ts';
import type { Agenda } from './agenda.ts';
import type { Machine } from './machine.ts';
import type { Prng } from './prng.ts';
import type { Weather } from './weather.ts';

interface Place {
  /** The process that has its lock. */
  holder: string | undefined;
  stored: ProofRecord | undefined;
  /** What a loss of power leaves. */
  durable: ProofRecord | undefined;
  /** Some of what was stored before: what a backup may hold. */
  readonly copies: ProofRecord[];
}

const COPIES = 6;

/** The places in the data directory of a machine: locks that die with their process, and a disk that may lose power. */
export class Places {
  /** Whether a place is for one at a time. */
  hasLocks = true;
  readonly #places: Place[] = [];

  take(by: string): Place {
    const free = this.#places.find(({ holder }) => holder === undefined || !this.hasLocks);
    const place = free ?? { holder: undefined, stored: undefined, durable: undefined, copies: [] };
    if (free === undefined) this.#places.push(place);
    place.holder = by;
    return place;
  }

  /** The end of a process, however it came. */
  ended(by: string): void {
    for (const place of this.#places) if (place.holder === by) place.holder = undefined;
  }

  /** All of the machine's processes are dead. @param loses asked for each record that was not yet durable */
  losePower(loses: () => boolean): void {
    for (const place of this.#places) {
      place.holder = undefined;
      if (place.stored !== place.durable && loses()) place.stored = place.durable;
      place.durable = place.stored;
    }
  }

  /**
   * Puts an older record back where nobody is, if `slots` show that it is one. A copy of the present claim from within an
   * outage cannot be told: that risk is a stated one.
   */
  restoreCopy(slots: readonly Slot[], prng: Prng): boolean {
    const place = this.#places.find(({ holder, copies }) => holder === undefined && copies.length > 0);
    if (place === undefined) return false;
    const copy = prng.pick(place.copies);
    const slot = slots.find(each => each.workerId === copy.workerId);
    const isNow = slot?.data.token === copy.token && slot.data.renewal <= copy.renewal;
    const isNext = slot?.data.token === copy.nextToken && slot.data.renewal === 0;
    if (slot === undefined || isNow || isNext) return false;
    place.stored = copy;
    place.durable = copy;
    return true;
  }
}

export interface PlaceUser {
  readonly name: string;
  deliver(run: () => void): void;
  /** It found what an earlier process left. */
  inherits(record: ProofRecord): void;
  /** Something may be stored, or is durable. */
  kept(record: ProofRecord, isDurable: boolean): void;
}

export interface PlaceLinkParts {
  readonly places: Places;
  readonly machine: Machine;
  readonly agenda: Agenda;
  readonly prng: Prng;
  readonly weather: Weather;
  readonly user: PlaceUser;
}

const STUCK_MEAN_MS = 4000;

/** One process's way to its place: a disk that is full, slow or stuck, and fails before or after the fact. */
export class PlaceLink implements SlotProof {
  readonly name = 'simulated place';
  readonly #parts: PlaceLinkParts;
  #opening: Promise<RecordRead<ProofRecord>> | undefined;
  #place: Place | undefined;
  #underWay: (() => void) | undefined;
  #writing = false;

  constructor(parts: PlaceLinkParts) {
    this.#parts = parts;
  }

  open(): Promise<RecordRead<ProofRecord>> {
    this.#opening ??= this.#later(() => {
      this.#place ??= this.#parts.places.take(this.#parts.user.name);
      const { stored } = this.#place;
      if (stored === undefined) return { status: 'absent' };
      this.#parts.user.inherits(stored);
      return { status: 'found', value: stored } as const;
    });
    return this.#opening;
  }

  async write(record: ProofRecord): Promise<void> {
    if (this.#writing) throw new Error('its last write has not ended');
    this.#writing = true;
    await this.#write(record).finally(() => {
      this.#writing = false;
    });
  }

  close(): Promise<void> {
    return this.#later(() => this.died());
  }

  /** The lock goes; what is under way is stored before that, or never. */
  died(): void {
    const { places, user, prng } = this.#parts;
    if (prng.chance(0.5)) this.#underWay?.();
    this.#underWay = undefined;
    this.#place = undefined;
    places.ended(user.name);
  }

  #write(record: ProofRecord): Promise<void> {
    const { agenda, user, prng, weather, machine, places } = this.#parts;
    const place = this.#place;
    return new Promise((resolve, reject) => {
      if (place === undefined) return reject(new Error('it is not open'));
      const fails = machine.isDiskFull || prng.chance(weather.failBefore);
      const stuckMs = prng.chance(weather.hang) ? prng.exponential(STUCK_MEAN_MS) : 0;
      const answersBadly = prng.chance(weather.failAfter);
      let isStored = false;
      const store = () => {
        if (isStored || (places.hasLocks && place.holder !== user.name)) return;
        isStored = true;
        if (place.stored !== undefined && prng.chance(0.3)) place.copies.push(place.stored);
        if (place.copies.length > COPIES) place.copies.shift();
        place.stored = record;
        user.kept(record, false);
      };
      if (!fails) this.#underWay = store;
      agenda.after(this.#delayMs() + stuckMs, () => {
        if (!fails && this.#place !== undefined) store();
        agenda.after(this.#delayMs(), () =>
          user.deliver(() => {
            this.#underWay = undefined;
            if (fails) return reject(new Error('ENOSPC'));
            if (answersBadly) return reject(new Error('EIO'));
            place.durable = place.stored;
            user.kept(record, true);
            resolve();
          }),
        );
      });
    });
  }

  #later<T>(call: () => T): Promise<T> {
    const { agenda, user } = this.#parts;
    return new Promise(resolve => agenda.after(this.#delayMs(), () => user.deliver(() => resolve(call()))));
  }

  #delayMs(): number {
    const { prng, weather } = this.#parts;
    return prng.exponential(prng.chance(weather.slow) ? STUCK_MEAN_MS : 2);
  }
}
