import type { Machine } from '../machine.ts';
import { SegmentLife } from './life.ts';
import type { SegmentSurroundings } from './surroundings.ts';

/** A place for a process on a machine, which is started again whenever it ends. */
export class SegmentSeat {
  readonly name: string;
  readonly machine: Machine;
  readonly #around: SegmentSurroundings;
  #life: SegmentLife | undefined;
  #lives = 0;

  constructor(name: string, machine: Machine, around: SegmentSurroundings) {
    this.name = name;
    this.machine = machine;
    this.#around = around;
  }

  /** The present life; undefined between two. */
  get life(): SegmentLife | undefined {
    return this.#life?.isAlive === true ? this.#life : undefined;
  }

  start(): void {
    if (this.life !== undefined) return;
    const doomed = () => this.kill(this.#around.prng.exponential(500));
    this.#life = new SegmentLife(`${this.name}.${++this.#lives}`, this.machine, this.#around, doomed);
  }

  kill(restartsInMs: number): void {
    this.life?.kill();
    this.#around.agenda.after(restartsInMs, () => this.start());
  }

  stop(restartsInMs: number): void {
    this.life?.stop(() => this.#around.agenda.after(restartsInMs, () => this.start()));
  }
}
