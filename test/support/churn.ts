import { setTimeout as delay } from 'node:timers/promises';
import type { Prng } from '../sim/prng.ts';
import { duplicatesIn, type IdLedger } from './id-ledger.ts';
import { type Pool, ShortLife } from './short-life.ts';

export interface ChurnOptions {
  readonly lives: number;
  /** Hosts: so many live at a time. */
  readonly hosts: number;
  /** Of the lives, how many end by a crash; a fifth of them while they start. */
  readonly crashShare: number;
  readonly random: Prng;
}

export interface ChurnReport {
  readonly ids: number;
  readonly duplicates: readonly bigint[];
  /** What may never be: a worker ID that two live ones have, or whose times overlap from one holder to the next. */
  readonly failures: readonly string[];
  readonly crashes: number;
  /** What instances said that had to wait. */
  readonly refusals: readonly string[];
  /** How often each way to a worker ID was taken. */
  readonly claims: Readonly<Record<string, number>>;
}

interface Holding {
  readonly workerId: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Instances that start, take IDs, and stop or crash, one after another on each host. */
export class Churn {
  readonly #pool: Pool;
  readonly #options: ChurnOptions;
  readonly #living = new Set<ShortLife>();
  readonly #ledgers: IdLedger[] = [];
  readonly #holdings: Holding[] = [];
  readonly #failures: string[] = [];
  readonly #refusals = new Set<string>();
  readonly #claims: Record<string, number> = {};
  #begun = 0;
  #crashes = 0;

  constructor(pool: Pool, options: ChurnOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  async run(): Promise<ChurnReport> {
    await Promise.all(Array.from({ length: this.#options.hosts }, () => this.#host()));
    return {
      ids: this.#ledgers.reduce((sum, each) => sum + each.size, 0),
      duplicates: duplicatesIn(this.#ledgers),
      failures: [...this.#failures, ...this.#overlaps()],
      crashes: this.#crashes,
      refusals: [...this.#refusals],
      claims: this.#claims,
    };
  }

  async #host(): Promise<void> {
    while (this.#begun < this.#options.lives) {
      this.#begun++;
      await this.#live(await ShortLife.create(this.#pool));
    }
  }

  async #live(life: ShortLife): Promise<void> {
    const { random, crashShare } = this.#options;
    const crashes = random.chance(crashShare);
    if (crashes && random.chance(0.2)) {
      void life.allocator.start().catch(() => {});
      await delay(random.int(0, 30));
    } else {
      await life.start();
      this.#enter(life);
      await life.take(5);
      await delay(random.int(0, 30));
      await life.take(1);
      this.#leave(life);
    }
    if (!crashes) return life.stop();
    this.#crashes++;
    await life.crash();
  }

  #enter(life: ShortLife): void {
    const { workerId } = life.allocator;
    for (const other of this.#living) {
      if (other.allocator.workerId === workerId) this.#failures.push(`two live instances have worker ID ${workerId}`);
    }
    this.#living.add(life);
  }

  #leave(life: ShortLife): void {
    const { allocator, ledger, refusals } = life;
    this.#living.delete(life);
    this.#ledgers.push(ledger);
    const first = allocator.decode(ledger.ids[0]!);
    const last = allocator.decode(ledger.ids[ledger.size - 1]!);
    // One that lost its worker ID on the way goes into the comparison of all IDs only.
    if (first.workerId === last.workerId) {
      this.#holdings.push({ workerId: first.workerId, firstMs: first.timeMs, lastMs: last.timeMs });
    }
    for (const refusal of refusals) this.#refusals.add(refusal);
    for (const [path, times] of Object.entries(allocator.status().claims)) {
      this.#claims[path] = (this.#claims[path] ?? 0) + times;
    }
  }

  #overlaps(): string[] {
    const sorted = this.#holdings.sort((a, b) => a.workerId - b.workerId || a.firstMs - b.firstMs);
    return sorted.slice(1).flatMap((holding, i) => {
      const before = sorted[i]!;
      if (holding.workerId !== before.workerId || holding.firstMs > before.lastMs) return [];
      return [`worker ID ${holding.workerId} was used up to ${before.lastMs}, and then from ${holding.firstMs}`];
    });
  }
}
