import { FrondError } from '../../errors.ts';
import type { HttpCounters } from '../../metrics/http-counters.ts';
import { refusal } from '../refusal.ts';
import { BucketTable } from './bucket-table.ts';
import type { Rate } from './token-bucket.ts';

/** By the names of the settings; 0 a second and undefined are no limit. */
export interface RateLimitSettings {
  readonly tagLimitIdsPerS?: number | undefined;
  /** `auto`: what flows in a second. */
  readonly tagLimitBurstIds?: number | 'auto' | undefined;
  readonly clientLimitRequestsPerS?: number | undefined;
  readonly clientLimitBurstRequests?: number | 'auto' | undefined;
  /** How many processes share the limits of this instance, each with an equal part. */
  readonly processes?: number | undefined;
}

function tableOf(perSecond = 0, burst: number | 'auto' = 'auto', processes = 1): BucketTable | undefined {
  if (perSecond === 0) return undefined;
  const whole: Rate = { perSecond, burst: burst === 'auto' ? perSecond : burst };
  return new BucketTable({ perSecond: whole.perSecond / processes, burst: Math.max(1, whole.burst / processes) });
}

/** How many IDs of a tag, and how many requests of a client, this process answers in a time. */
export class RateLimits {
  readonly #tags: BucketTable | undefined;
  readonly #clients: BucketTable | undefined;
  readonly #counters: HttpCounters;

  constructor(settings: RateLimitSettings, counters: HttpCounters) {
    const { processes } = settings;
    this.#tags = tableOf(settings.tagLimitIdsPerS, settings.tagLimitBurstIds, processes);
    this.#clients = tableOf(settings.clientLimitRequestsPerS, settings.clientLimitBurstRequests, processes);
    this.#counters = counters;
  }

  get limitsTags(): boolean {
    return this.#tags !== undefined;
  }

  get limitsClients(): boolean {
    return this.#clients !== undefined;
  }

  /**
   * @param client a token's name or an address
   * @param nowMs monotonic
   * @throws FrondError RATE_LIMITED
   */
  takeRequest(client: string, nowMs: number): void {
    if (this.#clients !== undefined) this.#take(this.#clients, 'client', client, 1, nowMs);
  }

  /** @throws FrondError RATE_LIMITED; INVALID_ARGUMENT for more than can ever be taken at once */
  takeIds(tag: string, count: number, nowMs: number): void {
    if (this.#tags === undefined) return;
    const { burst } = this.#tags.rate;
    if (count > burst) {
      const expected = `at most ${Math.floor(burst)}, which the limit of a tag lets through at once`;
      throw new FrondError('INVALID_ARGUMENT', { field: 'count', value: count, expected });
    }
    this.#take(this.#tags, 'tag', tag, count, nowMs);
  }

  #take(table: BucketTable, limit: 'tag' | 'client', key: string, cost: number, nowMs: number): void {
    const bucket = table.bucket(key, nowMs);
    const waitMs = bucket.take(cost, table.rate, nowMs);
    if (waitMs === 0) return;
    this.#counters.limited[limit] += 1;
    const left = Math.floor(bucket.level(table.rate, nowMs));
    throw refusal('RATE_LIMITED', { limit, ...table.rate, left }, { retryAfterMs: waitMs });
  }
}
