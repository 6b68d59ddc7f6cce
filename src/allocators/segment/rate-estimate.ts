/** A burst shorter than this is spread over it: ten IDs in a microsecond are forty a second, not ten million. */
const BRIEF_MS = 250;
/** A look that comes sooner after the last one is no interval of its own. */
const GRAIN_MS = 10;
/** A tag is young for this share of the usual time. */
const YOUNG_SHARE = 1 / 8;

/** IDs per millisecond. */
export interface Rates {
  /** Over the latest interval between two looks; the truest about a burst, and the noisiest. */
  readonly latest: number;
  /** Over about the latest quarter of a second. */
  readonly brief: number;
  /** Over about the usual time, or since the first ID; in the first eighth of it, what was before counts as silence. */
  readonly usual: number;
}

/**
 * How fast the IDs of one tag are used, from how many had been given whenever somebody looked. No clock, and no count
 * of its own: looks come from the slow paths only (a low mark, an empty buffer, a fetch, a scrape).
 *
 * Time without an ID to give does not count: what callers would have used then is not known, and a burst must not look
 * slow because it ran into an empty buffer.
 */
export class RateEstimate {
  readonly #usualMs: number;
  #atMs = 0;
  #issuedIds = 0;
  #starved = true;
  /** As in `Rates`, but for `usual`: there the time before the first ID counts as silence for as long as it weighs. */
  #rates: Rates = { latest: 0, brief: 0, usual: 0 };
  /** What that silence weighs in the usual rate: 1 at the first ID, 0 when it is forgotten. */
  #silence = 1;

  /** @param usualMs the time over which the usual rate is taken, 1 or more */
  constructor(usualMs: number) {
    this.#usualMs = usualMs;
  }

  get starved(): boolean {
    return this.#starved;
  }

  /** The rates now; changes nothing. @param issuedIds IDs given so far, never falling */
  at(nowMs: number, issuedIds: number): Rates {
    const rates = this.#ratesAt(nowMs, issuedIds);
    return this.isYoung(nowMs) ? rates : { ...rates, usual: rates.usual / (1 - this.#silenceAt(nowMs)) };
  }

  /** True while the tag is too young for a usual rate of its own: all that was given so far may be one burst. */
  isYoung(nowMs: number): boolean {
    return 1 - this.#silenceAt(nowMs) < YOUNG_SHARE;
  }

  /** Takes note of where the tag has come to. */
  look(nowMs: number, issuedIds: number): void {
    if (this.#starved || nowMs - this.#atMs < GRAIN_MS) return;
    this.#note(nowMs, issuedIds);
  }

  /** An ID was wanted and none was there. */
  starve(nowMs: number, issuedIds: number): void {
    if (this.#starved) return;
    this.#note(nowMs, issuedIds);
    this.#starved = true;
  }

  /** There are IDs again. The first one begins an interval and ends none: one ID alone has no rate. */
  resume(nowMs: number): void {
    if (!this.#starved) return;
    this.#starved = false;
    this.#atMs = nowMs;
    this.#issuedIds++;
  }

  #note(nowMs: number, issuedIds: number): void {
    this.#rates = this.#ratesAt(nowMs, issuedIds);
    this.#silence = this.#silenceAt(nowMs);
    this.#atMs = nowMs;
    this.#issuedIds = issuedIds;
  }

  #ratesAt(nowMs: number, issuedIds: number): Rates {
    const elapsedMs = this.#elapsedMs(nowMs);
    const ids = Math.max(0, issuedIds - this.#issuedIds);
    const { latest, brief, usual } = this.#rates;
    return {
      latest: elapsedMs >= GRAIN_MS ? ids / elapsedMs : Math.max(latest, ids / GRAIN_MS),
      brief: smoothed(brief, ids, elapsedMs, BRIEF_MS),
      usual: smoothed(usual, ids, elapsedMs, this.#usualMs),
    };
  }

  #silenceAt(nowMs: number): number {
    return smoothed(this.#silence, 0, this.#elapsedMs(nowMs), this.#usualMs);
  }

  #elapsedMs(nowMs: number): number {
    return this.#starved ? 0 : Math.max(0, nowMs - this.#atMs);
  }
}

/** A mean over `windowMs` into which a shorter interval goes by its share, and which a longer one replaces. */
function smoothed(rate: number, ids: number, elapsedMs: number, windowMs: number): number {
  return rate * (1 - Math.min(1, elapsedMs / windowMs)) + ids / Math.max(elapsedMs, windowMs);
}
