/** Asks /status again and again: often while somebody looks, seldom while nobody does or nothing answers. */

/** @import { Status } from './status.js' */

const USUAL_MS = 2000;
const HIDDEN_MS = 30_000;
const SLOWEST_MS = 30_000;
const GIVE_UP_MS = 10_000;

/**
 * @typedef {object} Listener
 * @property {(status: Status) => void} answered
 * @property {() => void} locked a token is asked for, or the one that was sent is not taken
 * @property {(reason: string, failures: number) => void} failed `failures` in a row
 */

/** The pause before the next question. @param {number} failures in a row @param {boolean} hidden */
export function pauseMs(failures, hidden) {
  const pause = failures === 0 ? USUAL_MS : Math.min(SLOWEST_MS, USUAL_MS * 2 ** (failures - 1));
  return hidden ? Math.max(HIDDEN_MS, pause) : pause;
}

export class Poller {
  #failures = 0;
  #timer = 0;
  #asking = false;
  /** Something has changed while an answer was awaited. */
  #again = false;
  #path;
  #headers;
  #listener;

  /**
   * @param {() => string} path what to ask for
   * @param {() => Record<string, string>} headers
   * @param {Listener} listener
   */
  constructor(path, headers, listener) {
    this.#path = path;
    this.#headers = headers;
    this.#listener = listener;
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.now();
    });
  }

  /** Asks at once. */
  now() {
    clearTimeout(this.#timer);
    if (this.#asking) this.#again = true;
    else this.#ask();
  }

  async #ask() {
    this.#asking = true;
    this.#again = false;
    const tell = await this.#answer();
    this.#asking = false;
    const pause = this.#again ? 0 : pauseMs(this.#failures, document.visibilityState === 'hidden');
    this.#timer = setTimeout(() => this.#ask(), pause);
    // Last: a defect in showing an answer is no failure to answer, and ends nothing.
    tell();
  }

  /** Asks once. @returns {Promise<() => void>} what tells the listener of it */
  async #answer() {
    const failures = this.#failures + 1;
    try {
      const headers = { accept: 'application/json', ...this.#headers() };
      const signal = AbortSignal.timeout(GIVE_UP_MS);
      const response = await fetch(this.#path(), { headers, cache: 'no-store', signal });
      const locked = response.status === 401 || response.status === 403;
      const said = locked ? {} : await response.json();
      if (!locked && !response.ok) throw new Error(said.detail ?? `status ${response.status}`);
      this.#failures = locked ? failures : 0;
      return () => (locked ? this.#listener.locked() : this.#listener.answered(said));
    } catch (error) {
      this.#failures = failures;
      return () => this.#listener.failed(reasonOf(error), failures);
    }
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  if (error instanceof DOMException && error.name === 'TimeoutError') return `No answer within ${GIVE_UP_MS / 1000} s.`;
  // What browsers say of a refused connection differs, and tells nobody anything.
  if (error instanceof TypeError) return 'The connection failed.';
  return error instanceof Error ? error.message : String(error);
}
