/** So many of the latest are remembered: the p99 is then the second longest. */
const REMEMBERED = 100;

/** How long the latest ranges of all tags took to come: from the first try to the range, failures and pauses included. */
export class FetchTimes {
  readonly #ring = new Float64Array(REMEMBERED);
  #count = 0;
  #p99Ms = 0;

  /** Milliseconds; 0 before the first range. Of fewer than a hundred it is the longest. */
  get p99Ms(): number {
    return this.#p99Ms;
  }

  record(durationMs: number): void {
    this.#ring[this.#count++ % REMEMBERED] = durationMs;
    const sorted = this.#ring.slice(0, this.#count).sort();
    this.#p99Ms = sorted[Math.ceil(sorted.length * 0.99) - 1]!;
  }
}
