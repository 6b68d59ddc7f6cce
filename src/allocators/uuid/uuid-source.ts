import { v4, v7 } from 'uuid';
import { requireInteger } from '../../errors.ts';
import type { Clock } from '../../system/clock.ts';
import type { IdSource } from '../allocator.ts';
import type { EntropyPool } from './entropy-pool.ts';
import { advanceUuidTime, type UuidTime } from './uuid-timeline.ts';

const NEVER: UuidTime = { ms: -1, sequence: 0 };

/** UUIDs of one version in the 36 character form of RFC 9562; never waits and never refuses. */
abstract class UuidSource implements IdSource<string, readonly string[]> {
  readonly kind = 'uuid';
  issued = 0;

  abstract tryNext(): string;

  async next(): Promise<string> {
    return this.tryNext();
  }

  /** @param count 1 to 2^31 - 1 @throws FrondError INVALID_ARGUMENT */
  async nextMany(count: number): Promise<readonly string[]> {
    requireInteger('count', count, 1, 2 ** 31 - 1);
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push(this.tryNext());
    return ids;
  }
}

/** Time-ordered UUIDs (RFC 9562 section 5.7), strictly increasing within the source even when the clock goes back. */
export class UuidV7Source extends UuidSource {
  readonly #clock: Clock;
  readonly #entropy: EntropyPool;
  #last = NEVER;

  constructor(clock: Clock, entropy: EntropyPool) {
    super();
    this.#clock = clock;
    this.#entropy = entropy;
  }

  override tryNext(): string {
    const random = this.#entropy.take();
    // The counter's seed comes from bytes that the format does not use for its random tail.
    const seed = ((random[0]! & 0x7f) << 24) | (random[1]! << 16) | (random[2]! << 8) | random[3]!;
    const time = advanceUuidTime(this.#last, this.#clock.wallMs(), seed);
    this.#last = time;
    this.issued++;
    return v7({ msecs: time.ms, seq: time.sequence, random });
  }
}

/** Random UUIDs (RFC 9562 section 5.4). */
export class UuidV4Source extends UuidSource {
  readonly #entropy: EntropyPool;

  constructor(entropy: EntropyPool) {
    super();
    this.#entropy = entropy;
  }

  override tryNext(): string {
    this.issued++;
    return v4({ random: this.#entropy.take() });
  }
}
