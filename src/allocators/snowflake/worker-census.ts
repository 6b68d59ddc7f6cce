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

/** Between two looks at the least; ms. */
const PAUSE_MS = 5000;
/** Between two looks for each worker ID that was ever used, since a look reads all of these; ms. */
const PAUSE_EACH_MS = 300;

export interface WorkerCensusParts {
  /** Worker IDs that the layout has. */
  readonly size: number;
  readonly clock: Clock;
  readonly look: () => Promise<readonly WorkerView[]>;
}

/**
 * Counts worker IDs for the metrics. Who asks gets what the latest look found, at once; a look is made in the
 * background, only when somebody asks, and the more seldom the more there is to read: five minutes after the last one
 * for a thousand worker IDs.
 */
export class WorkerCensus {
  readonly #parts: WorkerCensusParts;
  #latest: { readonly used: number; readonly free: number; readonly atMs: number } | undefined;
  #failed = false;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: WorkerCensusParts) {
    this.#parts = parts;
  }

  /** Undefined before the first look. @param settled no change is expected soon */
  read(settled: boolean): WorkerPool | undefined {
    const nowMs = this.#parts.clock.monotonicMs();
    const used = this.#latest?.used ?? 0;
    const pauseMs = settled && !this.#failed ? Math.max(PAUSE_MS, used * PAUSE_EACH_MS) : PAUSE_MS;
    if (nowMs - this.#lookedMs >= pauseMs) this.#look(nowMs);
    if (this.#latest === undefined) return undefined;
    const { free, atMs } = this.#latest;
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
