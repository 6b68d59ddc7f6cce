import { idsOf } from '../../src/allocators/id-ranges.ts';
import type { Life } from './life.ts';
import type { Prng } from './prng.ts';
import type { Surroundings } from './surroundings.ts';

/** Those who take IDs from one process, now and then and in every way there is, as long as it lives. */
export class Callers {
  readonly #life: Life;
  readonly #around: Surroundings;
  readonly #prng: Prng;

  constructor(life: Life, around: Surroundings, prng: Prng) {
    this.#life = life;
    this.#around = around;
    this.#prng = prng;
  }

  /** The next call, and all after it. */
  callLater(): void {
    const { agenda, plan } = this.#around;
    agenda.after(this.#prng.exponential(plan.callEveryMs), () =>
      this.#life.deliver(() => {
        this.#takeIds();
        this.callLater();
      }),
    );
  }

  #takeIds(): void {
    const { checker, plan } = this.#around;
    const life = this.#life;
    const { allocator, ledger, machine } = life;
    const source = allocator.source();
    const dice = this.#prng.fraction();
    const before = ledger.lastId;
    // People look at all slots at any time.
    if (dice > 0.95) allocator.listWorkers().catch(() => {});
    if (dice < 0.05) {
      source.next().then(
        id => life.isAlive && checker.given(ledger, id, machine.wallMs()),
        () => {},
      );
    } else if (dice < 0.1) {
      source.nextMany(this.#prng.int(1, 40)).then(
        ranges => {
          // What a batch took while it waited came out before what was given meanwhile.
          if (life.isAlive) for (const id of idsOf(ranges)) checker.given(ledger, id, undefined);
        },
        () => {},
      );
    } else {
      const burst = dice < 0.15 ? Math.min(40, 2 ** plan.options.sequenceBits * 2) : this.#prng.int(1, 3);
      for (let i = 0; i < burst && life.mint(); i++);
    }
    if (ledger.lastId !== before) life.note(`gave IDs up to ${ledger.lastId}`);
  }
}
