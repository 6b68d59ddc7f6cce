import { SegmentAllocator } from '../../src/allocators/segment/segment-allocator.ts';
import type { SegmentOptions } from '../../src/allocators/segment/segment-options.ts';
import type { SegmentSource } from '../../src/allocators/segment/segment-source.ts';
import { SEGMENT_OPTIONS } from './segment-rig.ts';
import { SlowRangeStore } from './slow-range-store.ts';
import { VirtualSystem } from './virtual-system.ts';

export const TARGET_MS = 900_000;

export interface PolicyWorldOptions {
  readonly seed?: number;
  readonly stepIds?: number;
  /** Of each call to the store, in milliseconds, from a number in [0, 1). */
  readonly latencyMs: (fraction: number) => number;
  readonly options?: Partial<SegmentOptions>;
}

/** Traffic on one tag. */
export interface Traffic {
  readonly forMs: number;
  readonly idsPerSecond: number;
  /** Callers at full speed: while one of them waits, so do all, and nothing is asked for. Default: the rate goes on. */
  readonly callers?: number;
  /** Between two moments at which IDs are asked for; default 1. */
  readonly tickMs?: number;
}

/** The real allocator on a slow store in virtual time, with callers of tag `order` who count what they get. */
export class PolicyWorld {
  readonly system: VirtualSystem;
  readonly store: SlowRangeStore;
  readonly allocator: SegmentAllocator;
  readonly source: SegmentSource;
  /** IDs that callers got. */
  given = 0;
  /** How often `tryNext` had none. */
  misses = 0;
  /** Spells in which callers waited. */
  waits = 0;
  errors = 0;
  #waiting = 0;
  #owed = 0;

  private constructor(system: VirtualSystem, store: SlowRangeStore, options: Partial<SegmentOptions>) {
    this.system = system;
    this.store = store;
    const all = { ...SEGMENT_OPTIONS, stepMaxIds: 1_000_000_000, waitDeadlineMs: 1000, maxWaiters: 10_000, ...options };
    this.allocator = new SegmentAllocator({ store, system, options: all });
    this.source = this.allocator.source('order');
  }

  static async start({
    seed = 1,
    stepIds = 10_000,
    latencyMs,
    options = {},
  }: PolicyWorldOptions): Promise<PolicyWorld> {
    const system = new VirtualSystem({ seed });
    const store = new SlowRangeStore(system, () => latencyMs(system.random.fraction()));
    await store.putTag('order', { stepIds });
    const world = new PolicyWorld(system, store, options);
    const started = world.allocator.start();
    await system.advance(1000);
    await started;
    return world;
  }

  /** IDs taken from the store and not given. */
  get unusedIds(): number {
    return this.store.reservedIds - this.given;
  }

  async run({ forMs, idsPerSecond, callers, tickMs = 1 }: Traffic): Promise<void> {
    const endMs = this.system.clock.monotonicMs() + forMs;
    while (this.system.clock.monotonicMs() < endMs) {
      this.#owed += (idsPerSecond * tickMs) / 1000;
      const wanted = Math.floor(this.#owed);
      this.#owed -= wanted;
      if (callers === undefined || this.#waiting === 0) this.#ask(wanted, callers);
      await this.system.advance(tickMs);
    }
  }

  #ask(wanted: number, callers: number | undefined): void {
    for (let asked = 0; asked < wanted; asked++) {
      if (this.source.tryNext() !== undefined) {
        this.given++;
        continue;
      }
      this.misses++;
      const left = wanted - asked;
      const waiters = Math.min(callers ?? left, left);
      for (let i = 0; i < waiters; i++) this.#wait();
      return;
    }
  }

  #wait(): void {
    if (this.#waiting++ === 0) this.waits++;
    const settled = (got: boolean) => {
      this.#waiting--;
      if (got) this.given++;
      else this.errors++;
    };
    this.source.next().then(
      () => settled(true),
      () => settled(false),
    );
  }
}
