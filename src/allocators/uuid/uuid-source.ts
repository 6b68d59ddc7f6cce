import { requireInteger } from '../../errors.ts';
import type { Clock } from '../../system/clock.ts';
import type { IdSource } from '../allocator.ts';
import type { EntropyPool } from './entropy-pool.ts';
import { UuidText } from './uuid-text.ts';
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
  readonly #text = new UuidText();
  #last = NEVER;

  constructor(clock: Clock, entropy: EntropyPool) {
    super();
    this.#clock = clock;
    this.#entropy = entropy;
  }

  override tryNext(): string {
    const { bytes } = this.#entropy;
    const at = this.#entropy.take();
    // The counter's seed comes from bytes that the random tail does not use.
    const seed = ((bytes[at]! & 0x7f) << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const { ms } = this.#last;
    const time = advanceUuidTime(this.#last, this.#clock.wallMs(), seed);
    this.#last = time;
    if (time.ms !== ms) this.#setTime(time.ms);
    const { sequence } = time;
    const text = this.#text;
    text.set(6, 0x70 | (sequence >>> 28));
    text.set(7, (sequence >>> 20) & 0xff);
    text.set(8, 0x80 | ((sequence >>> 14) & 0x3f));
    text.set(9, (sequence >>> 6) & 0xff);
    text.set(10, ((sequence << 2) & 0xff) | (bytes[at + 10]! & 0x03));
    for (let i = 11; i < 16; i++) text.set(i, bytes[at + i]!);
    this.issued++;
    return text.read();
  }

  #setTime(ms: number): void {
    for (let i = 5, rest = ms; i >= 0; i--, rest = Math.floor(rest / 256)) this.#text.set(i, rest % 256);
  }
}

/** Random UUIDs (RFC 9562 section 5.4). */
export class UuidV4Source extends UuidSource {
  readonly #entropy: EntropyPool;
  readonly #text = new UuidText();

  constructor(entropy: EntropyPool) {
    super();
    this.#entropy = entropy;
  }

  override tryNext(): string {
    const { bytes } = this.#entropy;
    const at = this.#entropy.take();
    const text = this.#text;
    for (let i = 0; i < 16; i++) text.set(i, bytes[at + i]!);
    text.set(6, 0x40 | (bytes[at + 6]! & 0x0f));
    text.set(8, 0x80 | (bytes[at + 8]! & 0x3f));
    this.issued++;
    return text.read();
  }
}
