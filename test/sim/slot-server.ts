import { FrondError } from '../../src/errors.ts';
import type { Slot, SlotData, SlotLayout } from '../../src/stores/slot-store.ts';
import type { Agenda } from './agenda.ts';
import { T0_MS } from './machine.ts';
import type { Applied, Reach, ReachParts, SimStore } from './sim-store.ts';
import { SlotLink } from './slot-link.ts';

export interface SlotServerTraits {
  /** Locks that die with their process; else sessions that run out, which are a hint only. */
  readonly provesDeath: boolean;
  /** Without a sign of life for so long a client counts as gone. */
  readonly sessionMs: number;
  /** Whether it tells its time. */
  readonly hasTime: boolean;
}

const HISTORY = 8;

/** What all instances share: records, versions, compare-and-set, signs of life, a clock. Each call takes effect at once. */
export class SlotServer implements SimStore {
  readonly traits: SlotServerTraits;
  readonly #agenda: Agenda;
  readonly #applied: (change: Applied) => void;
  #records = new Map<number, Slot>();
  /** What a loss of power leaves. */
  readonly #durable = new Map<number, Slot>();
  readonly #holders = new Map<number, string>();
  readonly #contactMs = new Map<string, number>();
  #history: (readonly Slot[])[] = [[]];
  #layout: SlotLayout | undefined;
  floorMs = 0;
  /** Calls that were sent to an earlier one never arrive. */
  generation = 0;
  /** How far its clock is off. */
  offsetMs = 0;
  /** Until then it answers nobody; true time. */
  downUntilMs = 0;
  downIsSilent = false;

  constructor(traits: SlotServerTraits, agenda: Agenda, applied: (change: Applied) => void) {
    this.traits = traits;
    this.#agenda = agenda;
    this.#applied = applied;
  }

  get isDown(): boolean {
    return this.#agenda.nowMs < this.downUntilMs;
  }

  get slots(): readonly Slot[] {
    return [...this.#records.values()];
  }

  get workerIdsMade(): number {
    return this.#records.size;
  }

  timeMs(): number | undefined {
    return this.traits.hasTime ? Math.floor(T0_MS + this.#agenda.nowMs + this.offsetMs) : undefined;
  }

  /** A sign of life. */
  contact(by: string): void {
    this.#contactMs.set(by, this.#agenda.nowMs);
  }

  /** Who holds the lock or has a live session on the slot. */
  holderOf(workerId: number): string | undefined {
    const by = this.#holders.get(workerId);
    if (by === undefined || this.traits.provesDeath) return by;
    const silentMs = this.#agenda.nowMs - (this.#contactMs.get(by) ?? Number.NEGATIVE_INFINITY);
    return silentMs < this.traits.sessionMs ? by : undefined;
  }

  open(layout: SlotLayout): number {
    this.#layout ??= { ...layout };
    if (JSON.stringify(this.#layout) !== JSON.stringify(layout)) {
      throw new FrondError('LAYOUT_MISMATCH', { field: 'epochMs', configured: 0, stored: 0 });
    }
    return this.floorMs;
  }

  /** @param changesAgo 0 for the present state, more for what a lagging replica shows */
  list(changesAgo: number): readonly Slot[] {
    return this.#history[Math.max(0, this.#history.length - 1 - changesAgo)]!;
  }

  create(by: string, data: SlotData, maxWorkerId: number): Slot | undefined {
    const workerId = this.#records.size;
    return workerId > maxWorkerId ? undefined : this.#store(by, true, undefined, { workerId, version: 1, data });
  }

  take(by: string, slot: Slot, data: SlotData, holderIsDead: boolean): Slot | undefined {
    const holder = holderIsDead ? undefined : this.holderOf(slot.workerId);
    return holder !== undefined && holder !== by ? undefined : this.#swap(by, true, slot, data);
  }

  write(by: string, slot: Slot, data: SlotData): Slot | undefined {
    if (this.traits.provesDeath && this.#holders.get(slot.workerId) !== by) return undefined;
    return this.#swap(by, false, slot, data);
  }

  read(workerId: number): Slot | undefined {
    return this.#records.get(workerId);
  }

  letGo(by: string, workerId: number): void {
    if (this.#holders.get(workerId) === by) this.#holders.delete(workerId);
  }

  /** The end of a client, however it came. */
  closed(by: string): void {
    for (const workerId of [...this.#holders.keys()]) this.letGo(by, workerId);
  }

  expireSessions(): void {
    this.#contactMs.clear();
  }

  /** The record as it is now survives a loss of power. */
  sync(workerId: number): void {
    const slot = this.#records.get(workerId);
    if (slot !== undefined) this.#durable.set(workerId, slot);
  }

  /** @param loses asked for each record whose last write was not acknowledged */
  losePower(loses: () => boolean): void {
    this.#holders.clear();
    for (const [workerId, slot] of [...this.#records].reverse()) {
      const durable = this.#durable.get(workerId);
      if (durable === slot || !loses()) continue;
      if (durable !== undefined) this.#records.set(workerId, durable);
      // A gap would be filled by `create`; a record above a lost one is older, so it was acknowledged or is lost too.
      else if (workerId === this.#records.size - 1) this.#records.delete(workerId);
    }
    this.#remember();
  }

  snapshot(): (floorMs: number) => void {
    const { slots } = this;
    return floorMs => this.restore(slots, floorMs);
  }

  heal(): void {
    Object.assign(this, { downUntilMs: 0, offsetMs: 0 });
  }

  reach(parts: ReachParts): Reach {
    const link = new SlotLink({ ...parts, server: this, agenda: this.#agenda });
    return { store: link, died: () => link.died() };
  }

  /** Goes back to an older state; whoever does so has ended all instances and raised the floor. */
  restore(slots: readonly Slot[], floorMs: number): void {
    this.#records = new Map(slots.map(slot => [slot.workerId, slot]));
    this.#durable.clear();
    for (const slot of slots) this.#durable.set(slot.workerId, slot);
    this.#holders.clear();
    this.floorMs = floorMs;
    this.#history = [];
    this.generation++;
    this.#remember();
  }

  #swap(by: string, isClaim: boolean, slot: Slot, data: SlotData): Slot | undefined {
    const before = this.#records.get(slot.workerId);
    if (before?.version !== slot.version) return undefined;
    return this.#store(by, isClaim, before, { workerId: slot.workerId, version: before.version + 1, data });
  }

  #store(by: string, isClaim: boolean, before: Slot | undefined, after: Slot): Slot {
    this.#records.set(after.workerId, after);
    this.#holders.set(after.workerId, by);
    this.#remember();
    this.#applied({ by, isClaim, before, after });
    return after;
  }

  #remember(): void {
    this.#history.push([...this.#records.values()]);
    if (this.#history.length > HISTORY) this.#history.shift();
  }
}
