import type { Clock } from '../../system/clock.ts';
import type { WorkerView } from '../worker-directory.ts';

/** How many worker IDs of the layout are in which state. */
export interface WorkerPool {
  readonly neverUsed: number;
  /** Used before, and free for a starting instance. */
  readonly free: number;
  /** In use, or at rest until a bound has passed. */
  readonly held: number;
  /** How old these figures are; ms. */
  readonly ageMs: number;
}

/** An instance that has its worker ID looks this often at those of others; ms. */
const SETTLED_PAUSE_MS = 300_000;
/** One that has none, or whose latest look failed; ms. */
const RESTLESS_PAUSE_MS = 5000;

export interface WorkerCensusParts {
  /** Worker IDs that the layout has. */
  readonly size: number;
  readonly clock: Clock;
  readonly look: () => Promise<readonly WorkerView[]>;
}

/**
 * Counts worker IDs for the metrics. Who asks gets what the latest look found, at once; a look is made only when
 * somebody asks, in the background, and seldom: with ZooKeeper it reads a node for every worker ID.
 */
export class WorkerCensus {
  readonly #parts: WorkerCensusParts;
  #latest: { readonly used: number; readonly free: number; readonly atMs: number } | undefined;
  #failed = false;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: WorkerCensusParts) {
    this.#parts = parts;
  }

  /** Undefined before the first look. @param settled the instance has its worker ID */
  read(settled: boolean): WorkerPool | undefined {
    const nowMs = this.#parts.clock.monotonicMs();
    const pauseMs = settled && !this.#failed ? SETTLED_PAUSE_MS : RESTLESS_PAUSE_MS;
    if (nowMs - this.#lookedMs >= pauseMs) this.#look(nowMs);
    if (this.#latest === undefined) return undefined;
    const { used, free, atMs } = this.#latest;
    return { neverUsed: Math.max(0, this.#parts.size - used), free, held: used - free, ageMs: nowMs - atMs };
  }

  #look(nowMs: number): void {
    this.#lookedMs = nowMs;
    this.#parts.look().then(
      views => {
        this.#failed = false;
        this.#latest = { used: views.length, free: views.filter(view => view.free).length, atMs: nowMs };
      },
      () => {
        this.#failed = true;
      },
    );
  }
}
