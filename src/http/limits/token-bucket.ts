/**
 * How much may be asked for in a time: a token bucket, written down as the time at which it will be full again (the
 * generic cell rate algorithm). One number is all its state, and a full bucket is as good as a new one.
 *
 * Own code, because what there is ready-made has its own clock, which tests and simulations could not move, holds
 * several objects a bucket or a timer each, and costs 4 to 30 times as much on the path of every request.
 */
export interface Rate {
  /** What flows in a second; above 0. */
  readonly perSecond: number;
  /** What can be taken at once from a full bucket; above 0. */
  readonly burst: number;
}

/** Far below what a clock can tell: without it the named wait could end a rounding error too early. */
const SLACK_MS = 1e-3;

export class TokenBucket {
  #fullAtMs = 0;

  /**
   * Takes `cost` when it is there, and otherwise nothing.
   * @param cost 0 to the burst
   * @param nowMs monotonic
   * @returns 0, or how long until `cost` is there if nobody else takes it; milliseconds
   */
  take(cost: number, { perSecond, burst }: Rate, nowMs: number): number {
    const from = this.#fullAtMs > nowMs ? this.#fullAtMs : nowMs;
    const fullAtMs = from + (cost * 1000) / perSecond;
    const waitMs = fullAtMs - nowMs - (burst * 1000) / perSecond;
    if (waitMs > SLACK_MS) return waitMs;
    this.#fullAtMs = fullAtMs;
    return 0;
  }

  /** What is in it, 0 to the burst. */
  level({ perSecond, burst }: Rate, nowMs: number): number {
    const missing = (Math.max(0, this.#fullAtMs - nowMs) * perSecond) / 1000;
    return Math.max(0, burst - missing);
  }
}
