/** IDs a second by kind, from the sums of successive answers. No DOM. */

/** @typedef {{ segment: number, snowflake: number, uuid: number }} Sums */

/** The rate is that over so much time, or since the page was opened. */
const WINDOW_MS = 10_000;

export class Rates {
  /** @type {{ atMs: number, sums: Sums }[]} */
  #samples = [];
  #source = '';

  /**
   * @param {string} source who answered: sums of another process are not compared
   * @param {number} atMs when, by a clock that only goes on
   * @param {Sums} sums
   */
  add(source, atMs, sums) {
    const last = this.#samples.at(-1);
    const fell =
      last !== undefined &&
      (sums.segment < last.sums.segment || sums.snowflake < last.sums.snowflake || sums.uuid < last.sums.uuid);
    if (source !== this.#source || fell) this.#samples = [];
    this.#source = source;
    this.#samples.push({ atMs, sums });
    // One sample at or before the window stays, as its beginning.
    while ((this.#samples[1]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs - WINDOW_MS) this.#samples.shift();
  }

  /** @returns {Sums | undefined} undefined until there are two answers to compare */
  perSecond() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined;
    const seconds = (last.atMs - first.atMs) / 1000;
    return {
      segment: (last.sums.segment - first.sums.segment) / seconds,
      snowflake: (last.sums.snowflake - first.sums.snowflake) / seconds,
      uuid: (last.sums.uuid - first.sums.uuid) / seconds,
    };
  }
}
