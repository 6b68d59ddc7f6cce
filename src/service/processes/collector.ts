import type { Timers } from '../../system/timers.ts';
import type { Member } from './member.ts';
import type { Question } from './messages.ts';

/** How long all processes together have to answer. Whoever asked is to have the whole within 100 ms. */
const COLLECT_MS = 75;

interface Round {
  readonly answers: Map<number, unknown>;
  readonly awaited: Set<number>;
  readonly done: () => void;
}

/** Asks all processes the same, and waits for none that does not answer. */
export class Collector {
  readonly #members: readonly Member[];
  readonly #timers: Timers;
  readonly #rounds = new Map<number, Round>();
  #lastId = 0;

  constructor(members: readonly Member[], timers: Timers) {
    this.#members = members;
    this.#timers = timers;
  }

  /** The answers by index, of those that answered in time. */
  collect(question: Question): Promise<ReadonlyMap<number, unknown>> {
    const id = ++this.#lastId;
    const asked = this.#members.filter(member => member.isAlive);
    return new Promise(resolve => {
      const answers = new Map<number, unknown>();
      const cancel = this.#timers.after(COLLECT_MS, () => done());
      const done = () => {
        cancel();
        this.#rounds.delete(id);
        resolve(answers);
      };
      this.#rounds.set(id, { answers, awaited: new Set(asked.map(member => member.index)), done });
      for (const member of asked) member.send({ kind: 'collect', id, question });
      if (asked.length === 0) done();
    });
  }

  /** An answer; one that comes too late is left out. */
  take(index: number, id: number, value: unknown): void {
    const round = this.#rounds.get(id);
    if (round === undefined || !round.awaited.delete(index)) return;
    round.answers.set(index, value);
    if (round.awaited.size === 0) round.done();
  }

  /** Nothing more will come from this process. */
  giveUp(index: number): void {
    for (const round of this.#rounds.values()) {
      if (round.awaited.delete(index) && round.awaited.size === 0) round.done();
    }
  }
}
