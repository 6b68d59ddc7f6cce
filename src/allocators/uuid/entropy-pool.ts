import type { Random } from '../../system/random.ts';

const POOL_BYTES = 4096;
const DRAW_BYTES = 16;

/** Random bytes for one UUID at a time out of a larger draw: one call into the operating system for 256 UUIDs. */
export class EntropyPool {
  readonly #random: Random;
  readonly #pool = new Uint8Array(POOL_BYTES);
  #offset = POOL_BYTES;

  constructor(random: Random) {
    this.#random = random;
  }

  /** 16 bytes that are handed out once; read them before the next call. */
  take(): Uint8Array {
    if (this.#offset === POOL_BYTES) {
      this.#random.fill(this.#pool);
      this.#offset = 0;
    }
    const start = this.#offset;
    this.#offset = start + DRAW_BYTES;
    return this.#pool.subarray(start, start + DRAW_BYTES);
  }
}
