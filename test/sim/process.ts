import { Life } from './life.ts';
import type { Machine } from './machine.ts';
import type { Surroundings } from './surroundings.ts';

/** A place for a process on a machine, which is started again whenever it ends. */
export class SimProcess {
  readonly name: string;
  readonly machine: Machine;
  readonly #around: Surroundings;
  #life: Life | undefined;
  #lives = 0;

  constructor(name: string, machine: Machine, around: Surroundings) {
    this.name = name;
    this.machine = machine;
    this.#around = around;
  }

  /** The present life; undefined between two. */
  get life(): Life | undefined {
    return this.#life?.isAlive === true ? this.#life : undefined;
  }

  start(): void {
    if (this.life === undefined) {
      const doomed = () => this.kill(this.#around.prng.exponential(2000));
      this.#life = new Life(`${this.name}.${++this.#lives}`, this.machine, this.#around, doomed);
    }
  }

  pause(forMs: number): void {
    this.life?.pause(forMs);
  }

  kill(restartsInMs: number): void {
    this.life?.kill();
    this.#around.agenda.after(restartsInMs, () => this.start());
  }

  stop(restartsInMs: number): void {
    this.life?.stop(() => this.#around.agenda.after(restartsInMs, () => this.start()));
  }
}
