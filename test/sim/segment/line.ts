import type { FrondError } from '../../../src/errors.ts';
import type { Agenda } from '../agenda.ts';
import type { Machine } from '../machine.ts';
import type { Prng } from '../prng.ts';
import type { Weather } from '../weather.ts';
import { CALL_TIMEOUT_MS } from './plan.ts';
import type { SegmentTally } from './tally.ts';

/** Who is called. */
export interface Peer {
  readonly name: string;
  readonly isDown: boolean;
  readonly downIsSilent: boolean;
  /** Calls that were sent to an earlier one never arrive. */
  readonly generation: number;
}

export interface LineUser {
  readonly name: string;
  /** Runs it in the process: not while that is stopped, never when it is dead. */
  deliver(run: () => void): void;
  /** Its end is near. */
  doom(): void;
}

export interface LineParts {
  readonly agenda: Agenda;
  readonly prng: Prng;
  readonly weather: Weather;
  readonly machine: Machine;
  readonly user: LineUser;
  readonly tally: SegmentTally;
}

type Fate = 'fine' | 'before' | 'after' | 'lost' | 'mute';

const SLOW_MEAN_MS = 600;

/**
 * One process's way to its databases and to its register: a network that delays, cuts and goes silent, and a client that
 * gives up at its deadline. What was given up may still take effect.
 */
export class Line {
  readonly #parts: LineParts;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  /** @param apply takes effect at once when it is called */
  call<T>(peer: Peer, isChange: boolean, apply: () => Promise<T>, lost: (reason: string) => FrondError): Promise<T> {
    const { agenda, user, prng, weather, tally } = this.#parts;
    if (isChange && prng.chance(weather.kill)) {
      tally.add('killed during a change');
      agenda.after(prng.exponential(4), () => user.doom());
    }
    return new Promise((resolve, reject) => {
      const fate = this.#fate(peer);
      const { generation } = peer;
      const sentMs = agenda.nowMs;
      const fails = (reason: string) => agenda.after(this.#delayMs(), () => user.deliver(() => reject(lost(reason))));
      let isOver = false;
      agenda.after(CALL_TIMEOUT_MS, () =>
        user.deliver(() => {
          if (!isOver) reject(lost('no answer in time'));
        }),
      );
      if (fate === 'before') return fails('connection refused');
      if (fate === 'lost') return isChange ? tally.add('unknown, and nothing done') : undefined;
      agenda.after(this.#delayMs(), () => {
        if (peer.generation !== generation) return;
        if (peer.isDown) return peer.downIsSilent ? undefined : fails('connection reset');
        const outcome = apply();
        outcome.catch(() => {});
        const isLate = agenda.nowMs > sentMs + CALL_TIMEOUT_MS;
        const isMute = fate === 'mute' || this.#parts.machine.isCut;
        if (isChange && isLate) tally.add('update done after its deadline');
        if (isChange && (isLate || isMute || fate === 'after')) tally.add('unknown, then range lost');
        if (isMute) return;
        if (fate === 'after') return fails('connection reset before the answer');
        agenda.after(this.#delayMs(), () =>
          user.deliver(() => {
            isOver = true;
            outcome.then(resolve, reject);
          }),
        );
      });
    });
  }

  #fate(peer: Peer): Fate {
    const { prng, weather, machine } = this.#parts;
    if (machine.isCut) return machine.cutIsSilent ? 'lost' : 'before';
    if (peer.isDown) return peer.downIsSilent ? 'lost' : 'before';
    if (prng.chance(weather.failBefore)) return 'before';
    if (prng.chance(weather.failAfter)) return 'after';
    if (prng.chance(weather.hang)) return prng.chance(0.5) ? 'lost' : 'mute';
    return 'fine';
  }

  #delayMs(): number {
    const { prng, weather } = this.#parts;
    return prng.exponential(prng.chance(weather.slow) ? SLOW_MEAN_MS : 3);
  }
}
