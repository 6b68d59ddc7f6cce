/** The least that is allocated. */
const SMALLEST_BYTES = 4096;
/** What lies here unused, at the most. */
const KEPT_MAX_BYTES = 4 * 2 ** 20;

/**
 * Memory for the text of batches, used again and again. New memory for each batch is what V8 collects all of its heap
 * for, ten times a second under load, which was a third of the CPU and the longest turns of the event loop.
 */
export class ChunkPool {
  /** By their size, a power of two. The one that came back last is handed out first: it is in the processor's caches. */
  readonly #free = new Map<number, Buffer[]>();
  #keptBytes = 0;

  /** @returns a buffer of `minBytes` or more, to be written by nobody else; its bytes are of no meaning */
  take(minBytes: number): Buffer {
    const bytes = Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(minBytes)));
    const kept = this.#free.get(bytes)?.pop();
    if (kept === undefined) return Buffer.allocUnsafeSlow(bytes);
    this.#keptBytes -= bytes;
    return kept;
  }

  /**
   * Takes a buffer back that nobody reads any more: the operating system has its bytes. One that does not come back, as
   * when its reader is gone, is collected like any other.
   * @param chunk what `take` returned, or a part of it
   */
  give({ buffer }: Buffer): void {
    const bytes = buffer.byteLength;
    if (this.#keptBytes + bytes > KEPT_MAX_BYTES) return;
    this.#keptBytes += bytes;
    const free = this.#free.get(bytes);
    if (free === undefined) this.#free.set(bytes, [Buffer.from(buffer)]);
    else free.push(Buffer.from(buffer));
  }
}
