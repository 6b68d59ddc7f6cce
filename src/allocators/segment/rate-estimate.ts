/** A burst shorter than this is spread over it: ten IDs in a microsecond are forty a second, not ten million. */
const BRIEF_MS = 250;
/** A look that comes sooner after the last one is no interval of its own. */
const GRAIN_MS = 10;
/** A tag is young for this share of the usual time, and the marks that the usual rate is taken from are as far apart. */
const GRAIN_SHARE = 1 / 8;

/** IDs per millisecond. */
export interface Rates {
  /** Over the latest interval between two looks; the truest about a burst, and the noisiest. */
  readonly latest: number;
  /** Over about the latest quarter of a second. */
  readonly brief: number;
  /** Over the usual time, or since the first ID; for a young tag what was before that counts as silence. */
  readonly usual: number;
}

/** So many IDs had been given at that time. */
interface Mark {
  readonly atMs: number;
  readonly issuedIds: number;
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
  /** Time that does not count. */
  #starvedMs = 0;
  #starvedAtMs: number | undefined = 0;
  #last: Mark = { atMs: 0, issuedIds: 0 };
  #latest = 0;
  #brief = 0;
  /** The oldest is as old as the usual time, or older, or the first of all. */
  #marks: Mark[] = [];

  /** @param usualMs the time over which the usual rate is taken, 1 or more */
  constructor(usualMs: number) {
    this.#usualMs = usualMs;
  }

  get starved(): boolean {
    return this.#starvedAtMs !== undefined;
  }

  /** The rates now; changes nothing. @param issuedIds IDs given so far, never falling */
  at(nowMs: number, issuedIds: number): Rates {
    const atMs = this.#countedMs(nowMs);
    const elapsedMs = Math.max(0, atMs - this.#last.atMs);
    const ids = Math.max(0, issuedIds - this.#last.issuedIds);
    return {
      latest: elapsedMs >= GRAIN_MS ? ids / elapsedMs : Math.max(this.#latest, ids / GRAIN_MS),
      brief: this.#brief * (1 - Math.min(1, elapsedMs / BRIEF_MS)) + ids / Math.max(elapsedMs, BRIEF_MS),
      usual: this.#usualAt(atMs, issuedIds),
    };
  }

  /** True while the tag is too young for a usual rate of its own: all that was given so far may be one burst. */
  isYoung(nowMs: number): boolean {
    return this.#ageMs(this.#countedMs(nowMs)) < this.#usualMs * GRAIN_SHARE;
  }

  /** Takes note of where the tag has come to. */
  look(nowMs: number, issuedIds: number): void {
    if (this.starved || this.#countedMs(nowMs) - this.#last.atMs < GRAIN_MS) return;
    this.#note(nowMs, issuedIds);
  }

  /** An ID was wanted and none was there. */
  starve(nowMs: number, issuedIds: number): void {
    if (this.starved) return;
    this.#note(nowMs, issuedIds);
    this.#starvedAtMs = nowMs;
  }

  /** There are IDs again. The first one begins an interval and ends none: one ID alone has no rate. */
  resume(nowMs: number): void {
    if (this.#starvedAtMs === undefined) return;
    this.#starvedMs += nowMs - this.#starvedAtMs;
    this.#starvedAtMs = undefined;
    this.#last = { atMs: this.#countedMs(nowMs), issuedIds: this.#last.issuedIds + 1 };
    if (this.#marks.length === 0) this.#marks.push(this.#last);
  }

  #note(nowMs: number, issuedIds: number): void {
    const { latest, brief } = this.at(nowMs, issuedIds);
    this.#latest = latest;
    this.#brief = brief;
    this.#last = { atMs: this.#countedMs(nowMs), issuedIds };
    const newest = this.#marks.at(-1);
    if (newest === undefined || this.#last.atMs - newest.atMs < this.#usualMs * GRAIN_SHARE) return;
    this.#marks.push(this.#last);
    const fromMs = this.#last.atMs - this.#usualMs;
    while (this.#marks[1] !== undefined && this.#marks[1].atMs <= fromMs) this.#marks.shift();
  }

  /** Between two marks the IDs are taken to have come evenly. */
  #usualAt(atMs: number, issuedIds: number): number {
    const fromMs = atMs - this.#usualMs;
    let before = this.#marks[0];
    if (before === undefined) return 0;
    if (fromMs <= before.atMs) {
      const ageMs = this.#ageMs(atMs);
      return Math.max(0, issuedIds - before.issuedIds) / (ageMs < this.#usualMs * GRAIN_SHARE ? this.#usualMs : ageMs);
    }
    let after: Mark = { atMs, issuedIds };
    for (const mark of this.#marks) {
      if (mark.atMs > fromMs) {
        after = mark;
        break;
      }
      before = mark;
    }
    const share = (fromMs - before.atMs) / (after.atMs - before.atMs);
    const fromIds = before.issuedIds + share * (after.issuedIds - before.issuedIds);
    return Math.max(0, issuedIds - fromIds) / this.#usualMs;
  }

  #ageMs(atMs: number): number {
    return Math.max(0, atMs - (this.#marks[0]?.atMs ?? atMs));
  }

  /** The time of a clock that stands still while there is nothing to give. */
  #countedMs(nowMs: number): number {
    return (this.#starvedAtMs ?? nowMs) - this.#starvedMs;
  }
}
