import { FrondError } from '../../../src/errors.ts';
import type { Ceiling, CeilingRegister } from '../../../src/stores/ceiling-register.ts';
import { MemoryCeilings } from '../../support/memory-ceilings.ts';
import type { Agenda } from '../agenda.ts';
import type { Prng } from '../prng.ts';
import type { Weather } from '../weather.ts';
import type { Line, Peer } from './line.ts';
import type { SegmentTally } from './tally.ts';

/** The ceilings of a world. It keeps its word: no change that it made is ever undone. */
export class SimRegister implements Peer {
  readonly name = 'simulated ceilings';
  readonly ceilings = new MemoryCeilings();
  /** Until then it answers nobody; true time. */
  downUntilMs = 0;
  downIsSilent = false;
  readonly generation = 0;
  readonly #agenda: Agenda;
  readonly #before = new Map<string, Ceiling>();

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  get isDown(): boolean {
    return this.#agenda.nowMs < this.downUntilMs;
  }

  /** To be called before a change. */
  remember(tag: string): void {
    const ceiling = this.ceilings.table.get(tag);
    if (ceiling !== undefined) this.#before.set(tag, ceiling);
  }

  /** As a server that lags shows it. */
  behind(tag: string): Ceiling | undefined {
    return this.#before.get(tag);
  }
}

export interface RegisterLinkParts {
  readonly register: SimRegister;
  readonly line: Line;
  readonly prng: Prng;
  readonly weather: Weather;
  readonly tally: SegmentTally;
}

/** A process's register, on the other end of a line. */
export class RegisterLink implements CeilingRegister {
  readonly name = 'simulated ceilings';
  readonly #parts: RegisterLinkParts;

  constructor(parts: RegisterLinkParts) {
    this.#parts = parts;
  }

  open(): Promise<void> {
    return this.#call(false, ceilings => ceilings.open());
  }

  async close(): Promise<void> {}

  read(tag: string): Promise<Ceiling | undefined> {
    const { prng, weather, register, tally } = this.#parts;
    if (!prng.chance(weather.stale)) return this.#call(false, ceilings => ceilings.read(tag));
    tally.add('stale ceiling read');
    return this.#call(false, async () => register.behind(tag));
  }

  create(tag: string, value: bigint): Promise<boolean> {
    return this.#call(true, ceilings => ceilings.create(tag, value));
  }

  write(tag: string, value: bigint, version: number): Promise<boolean> {
    return this.#call(true, ceilings => {
      this.#parts.register.remember(tag);
      return ceilings.write(tag, value, version);
    });
  }

  #call<T>(isChange: boolean, work: (ceilings: MemoryCeilings) => Promise<T>): Promise<T> {
    const { line, register } = this.#parts;
    const lost = (reason: string) => new FrondError('CEILING_UNAVAILABLE', { store: this.name, reason });
    return line.call(register, isChange, () => work(register.ceilings), lost);
  }
}
