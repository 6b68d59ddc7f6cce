import { type Rate, TokenBucket } from './token-bucket.ts';

/** The most buckets of one table in each of its two halves. */
const HALF_MAX = 10_000;

/**
 * A bucket for each key that was seen of late, in bounded memory and without timers. There are two halves: a bucket in
 * use moves to the younger one, and when that is full or old enough, the elder is thrown away and they change places.
 * What is thrown away for its age has long been full again, which is as good as new; a flood of more keys than a half
 * holds can also give one that pauses meanwhile another burst, no more.
 */
export class BucketTable {
  readonly rate: Rate;
  readonly #halfMax: number;
  readonly #periodMs: number;
  #young = new Map<string, TokenBucket>();
  #elder = new Map<string, TokenBucket>();
  #turnedMs = Number.NEGATIVE_INFINITY;

  constructor(rate: Rate, halfMax = HALF_MAX) {
    this.rate = rate;
    this.#halfMax = halfMax;
    this.#periodMs = Math.max(10_000, (rate.burst * 1000) / rate.perSecond);
  }

  get size(): number {
    return this.#young.size + this.#elder.size;
  }

  /** @param nowMs monotonic */
  bucket(key: string, nowMs: number): TokenBucket {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    if (this.#young.size >= this.#halfMax || nowMs - this.#turnedMs >= this.#periodMs) {
      this.#elder = this.#young;
      this.#young = new Map();
      this.#turnedMs = nowMs;
    }
    const bucket = this.#elder.get(key) ?? new TokenBucket();
    this.#elder.delete(key);
    this.#young.set(key, bucket);
    return bucket;
  }
}
