import { toFrondError } from '../../errors.ts';
import type { Cancel, Timers } from '../../system/timers.ts';
import type { CeilingRegister } from '../ceiling-register.ts';
import type { CeilingWatch } from './ceiling-watch.ts';

/** After a look that failed: a single answer that was late is soon forgotten. */
const AGAIN_MS = 5000;
/** It need not exist: that a tag has no ceiling is an answer. */
const ANY_TAG = 'any';

/** Looks whether the register answers, in the background, also while nobody needs a range. One look at a time. */
export class CeilingLook {
  readonly #register: Pick<CeilingRegister, 'read'>;
  readonly #watch: CeilingWatch;
  readonly #timers: Timers;
  #cancelNext: Cancel = () => {};
  #isLooking = false;
  #isEnded = false;

  constructor(register: Pick<CeilingRegister, 'read'>, watch: CeilingWatch, timers: Timers) {
    this.#register = register;
    this.#watch = watch;
    this.#timers = timers;
  }

  begin(): void {
    if (this.#isLooking || this.#isEnded) return;
    this.#isLooking = true;
    this.#cancelNext();
    this.#register.read(ANY_TAG).then(
      () => this.#ended(undefined),
      error => this.#ended(error),
    );
  }

  end(): void {
    this.#isEnded = true;
    this.#cancelNext();
  }

  #ended(error: unknown): void {
    this.#isLooking = false;
    if (this.#isEnded) return;
    if (error === undefined) this.#watch.answered();
    else {
      this.#watch.failed(toFrondError(error), 'look');
      this.#cancelNext = this.#timers.background(AGAIN_MS, () => this.begin());
    }
  }
}
