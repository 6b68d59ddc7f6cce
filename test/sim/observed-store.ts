import type { Slot, SlotData, SlotLayout, SlotStore } from '../../src/stores/slot-store.ts';
import type { ReachParts } from './sim-store.ts';
import type { LinkUser } from './slot-link.ts';
import type { Tally } from './tally.ts';

/** A real store's adapter under observation: what it tells its process is noted first. */
export class ObservedStore implements SlotStore {
  readonly #inner: SlotStore;
  readonly #parts: ReachParts;
  readonly #user: LinkUser;
  readonly #tally: Tally;
  readonly #doom: () => void;
  #inDoubt = false;
  /** Of creations that failed. */
  readonly #lostCreations = new Set<string>();

  /** @param doom called when the process has to end in the middle of a change */
  constructor(inner: SlotStore, parts: ReachParts, tally: Tally, doom: () => void) {
    this.#inner = inner;
    this.#parts = parts;
    this.#user = parts.user;
    this.#tally = tally;
    this.#doom = doom;
  }

  get name(): string {
    return this.#inner.name;
  }

  get provesDeath(): boolean {
    return this.#inner.provesDeath;
  }

  get floorMs(): number {
    return this.#inner.floorMs;
  }

  open(layout: SlotLayout): Promise<void> {
    return this.#inner.open(layout);
  }

  async list(): Promise<readonly Slot[]> {
    const slots = await this.#inner.list();
    for (const slot of slots) this.#user.shown(slot, false);
    if (slots.some(slot => this.#user.owns(slot.data.token))) this.#resolve('mine');
    for (const slot of slots) this.#found(slot);
    return slots;
  }

  create(data: SlotData, maxWorkerId: number): Promise<Slot | undefined> {
    const created = this.#change(() => this.#inner.create(data, maxWorkerId));
    created.then(
      slot => slot && this.#found(slot),
      () => this.#lostCreations.add(data.token),
    );
    return created;
  }

  take(slot: Slot, data: SlotData, holderIsDead?: boolean): Promise<Slot | undefined> {
    return this.#answered(slot, data, () => this.#inner.take(slot, data, holderIsDead));
  }

  write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.#answered(slot, data, () => this.#inner.write(slot, data));
  }

  async read(workerId: number): Promise<Slot | undefined> {
    const slot = await this.#inner.read(workerId);
    if (slot !== undefined) this.#user.shown(slot, true);
    this.#resolve(slot !== undefined && this.#user.owns(slot.data.token) ? 'mine' : 'foreign');
    return slot;
  }

  letGo(workerId: number): Promise<void> {
    return this.#inner.letGo(workerId);
  }

  sampleTimeMs(): Promise<number | undefined> {
    return this.#inner.sampleTimeMs();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #answered(
    { workerId }: Slot,
    data: SlotData,
    call: () => Promise<Slot | undefined>,
  ): Promise<Slot | undefined> {
    this.#user.asked(workerId, data);
    const changed = await this.#change(call);
    if (changed === undefined) this.#user.refused(workerId, data);
    return changed;
  }

  async #change(call: () => Promise<Slot | undefined>): Promise<Slot | undefined> {
    const { prng, weather } = this.#parts;
    if (prng.chance(weather.kill)) this.#doom();
    const ended = this.#user.changeBegins();
    try {
      const slot = await call();
      if (slot !== undefined) this.#user.shown(slot, true);
      return slot;
    } catch (error) {
      this.#inDoubt = true;
      throw error;
    } finally {
      ended();
    }
  }

  #found(slot: Slot): void {
    if (this.#lostCreations.delete(slot.data.token)) this.#tally.add('creation without an answer found');
  }

  #resolve(outcome: 'mine' | 'foreign'): void {
    if (!this.#inDoubt) return;
    this.#inDoubt = false;
    this.#user.resolved(outcome);
  }
}
