import type { SlotProof } from '../../src/stores/slot-proof.ts';
import type { Slot, SlotData, SlotLayout, SlotStore } from '../../src/stores/slot-store.ts';
import type { ZookeeperClient } from '../../src/stores/zookeeper/zookeeper-port.ts';
import { LOOKAHEAD_MS, type PlanWishes } from './plan.ts';
import type { Prng } from './prng.ts';
import { ClingingProof, UnderstatingProof } from './proof-ablations.ts';
import { ZOOKEEPER_ABLATIONS, type ZookeeperAblationName } from './zookeeper/ablations.ts';

/** Invariants of the slot keeper that can be switched off, by lying to it or for it at the store's port. */
export type AblationName =
  | 'I3 successor starts at the mark'
  | 'I3 floor ignored'
  | 'I4 limit not covered'
  | 'I5 released while minting'
  | 'I6 bound lowered while held'
  | 'I8 unknown taken for success'
  | 'I1 write without compare-and-set'
  | 'I4 record does not cover'
  | 'I5 right to resume kept'
  | 'P1 place shared with a living process'
  | 'I11 tree made anew taken for ours by a look'
  | ZookeeperAblationName;

export interface Ablation extends PlanWishes {
  /** True where another invariant still keeps duplicates away, and only the rules of the simulator show it. */
  readonly keepsIdsUnique?: boolean;
  /** Put between an allocator and its store. */
  readonly wrap?: (inner: SlotStore, prng: Prng) => SlotStore;
  /** Put between an allocator and its place on the host. */
  readonly wrapProof?: (inner: SlotProof) => SlotProof;
  /** Put between a ZooKeeper adapter and its session; `timeMs` is the true time, Unix ms. */
  readonly wrapClient?: (inner: ZookeeperClient, prng: Prng, timeMs: () => number) => ZookeeperClient;
}

/** A store that passes everything on. */
class PassingStore implements SlotStore {
  protected readonly inner: SlotStore;

  constructor(inner: SlotStore) {
    this.inner = inner;
  }

  get name(): string {
    return this.inner.name;
  }

  get provesDeath(): boolean {
    return this.inner.provesDeath;
  }

  get floorMs(): number {
    return this.inner.floorMs;
  }

  open(layout: SlotLayout): Promise<void> {
    return this.inner.open(layout);
  }

  list(): Promise<readonly Slot[]> {
    return this.inner.list();
  }

  create(data: SlotData, maxWorkerId: number): Promise<Slot | undefined> {
    return this.inner.create(data, maxWorkerId);
  }

  take(slot: Slot, data: SlotData, holderIsDead?: boolean): Promise<Slot | undefined> {
    return this.inner.take(slot, data, holderIsDead);
  }

  write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.inner.write(slot, data);
  }

  read(workerId: number): Promise<Slot | undefined> {
    return this.inner.read(workerId);
  }

  letGo(workerId: number): Promise<void> {
    return this.inner.letGo(workerId);
  }

  sampleTimeMs(): Promise<number | undefined> {
    return this.inner.sampleTimeMs();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** Shows slots with other data than they have; versions, and so compare-and-set, stay as they are. */
class DistortedList extends PassingStore {
  readonly #distort: (data: SlotData) => SlotData;

  constructor(inner: SlotStore, distort: (data: SlotData) => SlotData) {
    super(inner);
    this.#distort = distort;
  }

  override async list(): Promise<readonly Slot[]> {
    return (await this.inner.list()).map(slot => ({ ...slot, data: this.#distort(slot.data) }));
  }
}

/** Stores something else than it is told to, and answers as if it had not. */
class DistortedWrite extends PassingStore {
  readonly #distort: (data: SlotData) => SlotData;

  constructor(inner: SlotStore, distort: (data: SlotData) => SlotData) {
    super(inner);
    this.#distort = distort;
  }

  override async write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    const written = await this.inner.write(slot, data.state === 'held' ? this.#distort(data) : data);
    return written && { ...written, data };
  }
}

/** Takes every failed write for an acknowledged one. */
class HopefulStore extends PassingStore {
  override async write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.inner.write(slot, data).catch(() => ({ ...slot, version: slot.version + 1, data }));
  }
}

/** Renews over whatever is stored. */
class BlindStore extends PassingStore {
  override async write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    const stored = await this.inner.read(slot.workerId);
    return stored && this.inner.write(stored, data);
  }
}

/** Opens itself anew at every look, also for people while a slot is held. */
class CuriousStore extends PassingStore {
  #layout: SlotLayout | undefined;

  override async open(layout: SlotLayout): Promise<void> {
    await this.inner.open(layout);
    this.#layout = layout;
  }

  override async list(): Promise<readonly Slot[]> {
    if (this.#layout !== undefined) await this.inner.open(this.#layout);
    return this.inner.list();
  }
}

/** Each makes duplicates possible, or breaks what keeps them away; the simulator has to find it. */
export const ABLATIONS: Readonly<Record<AblationName, Ablation>> = {
  'I3 successor starts at the mark': {
    zookeeper: false,
    provesDeath: false,
    faults: ['cut', 'kill', 'wallStep'],
    wrap: inner => new DistortedList(inner, data => ({ ...data, boundMs: data.hwmMs })),
  },
  'I3 floor ignored': {
    zookeeper: false,
    provesDeath: true,
    faults: ['kill', 'wallStep', 'smallSteps'],
    wrap: inner => new DistortedList(inner, data => ({ ...data, hwmMs: 0, boundMs: 0 })),
  },
  'I4 limit not covered': {
    zookeeper: false,
    provesDeath: true,
    faults: ['kill', 'wallStep', 'smallSteps'],
    wrap: inner => {
      const lower = (data: SlotData) => ({ ...data, hwmMs: data.hwmMs - 3 * LOOKAHEAD_MS });
      return new DistortedWrite(inner, data => ({ ...lower(data), boundMs: lower(data).hwmMs }));
    },
  },
  'I5 released while minting': {
    zookeeper: false,
    provesDeath: false,
    faults: ['kill', 'wallStep', 'smallSteps'],
    wrap: (inner, prng) =>
      new DistortedWrite(inner, data => {
        const earlyMs = data.hwmMs - LOOKAHEAD_MS;
        return prng.chance(0.2) ? { ...data, state: 'released', hwmMs: earlyMs, boundMs: earlyMs } : data;
      }),
  },
  'I6 bound lowered while held': {
    zookeeper: false,
    provesDeath: false,
    faults: ['cut', 'kill', 'wallStep'],
    wrap: inner => new DistortedWrite(inner, data => ({ ...data, boundMs: data.hwmMs - LOOKAHEAD_MS })),
  },
  'I8 unknown taken for success': {
    zookeeper: false,
    provesDeath: false,
    faults: ['cut', 'calls', 'kill', 'wallStep'],
    wrap: inner => new HopefulStore(inner),
  },
  'I1 write without compare-and-set': {
    zookeeper: false,
    provesDeath: false,
    faults: ['pause', 'cut', 'kill', 'wallStep'],
    wrap: inner => new BlindStore(inner),
  },
  'I4 record does not cover': {
    places: 'offline',
    pace: 8,
    faults: ['cut', 'outage', 'kill', 'wallStep', 'jumpAndBack'],
    wrapProof: inner => new UnderstatingProof(inner),
  },
  'I5 right to resume kept': {
    places: 'offline',
    pace: 8,
    faults: ['stop', 'cut', 'outage', 'wallStep'],
    wrapProof: inner => new ClingingProof(inner),
  },
  'P1 place shared with a living process': {
    places: 'kept',
    unlocked: true,
    pace: 8,
    faults: ['cut', 'outage', 'kill'],
  },
  'I11 tree made anew taken for ours by a look': {
    zookeeper: true,
    places: 'none',
    faults: ['treeLoss', 'kill', 'cut'],
    pace: 3,
    wrap: inner => new CuriousStore(inner),
  },
  ...ZOOKEEPER_ABLATIONS,
};
