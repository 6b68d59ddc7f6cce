import { SnowflakeAllocator, type SnowflakeOptions } from '../../../src/allocators/snowflake/snowflake-allocator.ts';
import { FrondError } from '../../../src/errors.ts';
import type { SlotProof } from '../../../src/stores/slot-proof.ts';
import type { Slot, SlotData, SlotLayout, SlotStore } from '../../../src/stores/slot-store.ts';
import type { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { VirtualSystem, type VirtualSystemOptions } from '../../support/virtual-system.ts';

export const T0_MS = 1_790_000_000_000;

/** Options of a slot store in memory in which a claim proves that the holder before is dead. */
export const PROVING = { provesDeath: true };

/** The default of FROND_LOOKAHEAD_MS. */
export const LOOKAHEAD_MS = 3000;

/** What befalls a call that changes the store: lost before or after it took effect, or answered only when `answer` is called. */
export type Fault = 'before' | 'after' | 'hang' | 'hangAfter';

/** A slot store between us and the real one that loses calls and answers. */
export class FaultySlots implements SlotStore {
  readonly #inner: SlotStore;
  readonly #held: (() => void)[] = [];
  /** Faults of the next changes, used up in order. */
  readonly faults: (Fault | undefined)[] = [];
  /** While true every call fails before it does anything. */
  down = false;
  /** While true every call hangs. */
  frozen = false;
  openings = 0;
  changes = 0;
  reads = 0;

  constructor(inner: SlotStore) {
    this.#inner = inner;
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

  /** Lets the calls that hang go on. */
  answer(): void {
    for (const goOn of this.#held.splice(0)) goOn();
  }

  open(layout: SlotLayout): Promise<void> {
    this.openings++;
    return this.#pass(() => this.#inner.open(layout));
  }

  list(): Promise<readonly Slot[]> {
    return this.#pass(() => this.#inner.list());
  }

  create(data: SlotData, maxWorkerId: number): Promise<Slot | undefined> {
    return this.#change(() => this.#inner.create(data, maxWorkerId));
  }

  take(slot: Slot, data: SlotData, holderIsDead?: boolean): Promise<Slot | undefined> {
    return this.#change(() => this.#inner.take(slot, data, holderIsDead));
  }

  write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.#change(() => this.#inner.write(slot, data));
  }

  read(workerId: number): Promise<Slot | undefined> {
    this.reads++;
    return this.#pass(() => this.#inner.read(workerId));
  }

  holderLives(workerId: number): Promise<boolean | undefined> {
    return this.#pass(async () => this.#inner.holderLives?.(workerId));
  }

  letGo(workerId: number): Promise<void> {
    return this.#inner.letGo(workerId);
  }

  sampleTimeMs(): Promise<number | undefined> {
    return this.#pass(() => this.#inner.sampleTimeMs());
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #pass<T>(call: () => Promise<T>): Promise<T> {
    if (this.down) throw this.#lost('before');
    if (this.frozen) await new Promise<void>(resolve => this.#held.push(resolve));
    return call();
  }

  async #change<T>(call: () => Promise<T>): Promise<T> {
    this.changes++;
    const fault = this.faults.shift();
    if (fault === 'before') throw this.#lost(fault);
    if (fault === 'hang') await new Promise<void>(resolve => this.#held.push(resolve));
    const result = await this.#pass(call);
    if (fault === 'hangAfter') await new Promise<void>(resolve => this.#held.push(resolve));
    if (fault === 'after') throw this.#lost(fault);
    return result;
  }

  #lost(fault: Fault): FrondError {
    return new FrondError('SLOT_STORE_UNAVAILABLE', { store: this.name, reason: `lost ${fault} it took effect` });
  }
}

let hosts = 0;

/** One instance on a virtual host of its own; no two hosts of a file share their random numbers. */
export class VirtualHost {
  readonly system: VirtualSystem;
  readonly store: FaultySlots;
  readonly allocator: SnowflakeAllocator;

  constructor(slots: MemorySlots, options: SnowflakeOptions = {}, at: VirtualSystemOptions = {}, proof?: SlotProof) {
    this.system = new VirtualSystem({ wallMs: T0_MS, seed: ++hosts, ...at });
    this.store = new FaultySlots(slots.handle());
    this.allocator = new SnowflakeAllocator({ store: this.store, proof, system: this.system, options });
  }

  get nowMs(): number {
    return this.system.clock.wallMs();
  }

  /** Starts, letting time pass until IDs flow or it is known why not. */
  async start(): Promise<this> {
    let done = false;
    let failure: unknown;
    this.allocator.start().then(
      () => {
        done = true;
      },
      error => {
        done = true;
        failure = error;
      },
    );
    for (let passedMs = 0; !done; passedMs += 10) {
      if (passedMs > 60_000) throw new Error('no outcome of the start within a minute');
      await this.system.advance(10);
      await this.system.settle();
    }
    if (failure !== undefined) throw failure;
    return this;
  }

  /** Stops in order, letting time pass until it is done. */
  async stop(): Promise<void> {
    let done = false;
    void this.allocator.stop().then(() => {
      done = true;
    });
    await this.system.settle();
    for (let passedMs = 0; !done; passedMs += 100) {
      if (passedMs > 60_000) throw new Error('no end of the stop within a minute');
      await this.system.advance(100);
      await this.system.settle();
    }
  }

  /** As kill -9: its locks go, and nothing of it runs any more (its time stands still). */
  async crash(): Promise<void> {
    await this.store.close();
  }

  /** An ID that has to be there. */
  mint(): bigint {
    const id = this.allocator.source().tryNext();
    if (id === undefined) throw new Error(`no ID: ${JSON.stringify(this.allocator.status())}`);
    return id;
  }

  timeOf(id: bigint): number {
    return this.allocator.decode(id).timeMs;
  }
}
