import type { Random } from '../../system/random.ts';

const POOL_BYTES = 4096;
const DRAW_BYTES = 16;

/** Random bytes for one UUID at a time out of a larger draw: one call into the operating system for 256 UUIDs. */
export class EntropyPool {
  readonly bytes = new Uint8Array(POOL_BYTES);
  readonly #random: Random;
  #offset = POOL_BYTES;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @returns where in `bytes` the next 16 begin, which are handed out once; read them before the next call */
  take(): number {
    if (this.#offset === POOL_BYTES) {
      this.#random.fill(this.bytes);
      this.#offset = 0;
    }
    const start = this.#offset;
    this.#offset = start + DRAW_BYTES;
    return start;
  }
}
