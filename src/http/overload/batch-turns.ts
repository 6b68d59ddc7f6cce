import type { Timers } from '../../system/timers.ts';

/** What large batches may do in one turn of the event loop, all together: a millisecond of work. */
const TURN_COST = 50_000;
/** In IDs written as digits; a UUID takes ten times as long to make. */
const UUID_COST = 10;

interface Waiting {
  readonly cost: number;
  readonly go: () => void;
}

/** @param kind of the IDs; what is counted is the time that `ids` of them take */
export function batchCost(kind: string, ids: number): number {
  return kind === 'uuid' ? ids * UUID_COST : ids;
}

/**
 * The turns of large batches. Five hundred that came at once would be five hundred pieces of work in one turn of the
 * event loop, for which every single ID would wait; so they go one after another, some in each turn, first come first
 * served. When there are few, none waits.
 */
export class BatchTurns {
  readonly #timers: Timers;
  readonly #queue: Waiting[] = [];
  /** In this turn. */
  #spent = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Resolves when work of this cost may be done, at once. A single one may cost more than a turn has. */
  async take(cost: number): Promise<void> {
    if (this.#queue.length === 0 && this.#spent < TURN_COST) {
      this.#spend(cost);
      return;
    }
    await new Promise<void>(go => this.#queue.push({ cost, go }));
  }

  #spend(cost: number): void {
    if (this.#spent === 0) this.#timers.after(0, () => this.#nextTurn());
    this.#spent += cost;
  }

  #nextTurn(): void {
    this.#spent = 0;
    while (this.#spent < TURN_COST) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#spend(next.cost);
      next.go();
    }
  }
}
