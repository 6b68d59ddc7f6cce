/**
 * The text of many IDs, written as digits into buffers: a few nanoseconds an ID, where `String(id)` and a join take 100.
 *
 * Neighbours in a range share all but their low digits. So a range is cut into blocks of a thousand; the line of a
 * block is copied as often as it has IDs, doubling each time, and then only the last three digits are put in.
 */

import type { IdRange } from '../allocators/allocator.ts';
import type { LazyTexts } from './lazy-uuids.ts';

/** What stands before, between and after the IDs. ASCII. */
export interface LineFrame {
  readonly opening: string;
  readonly separator: string;
  readonly closing: string;
}

/** A chunk holds the longest opening (a few bytes) or closing (kind and a tag of 128 characters) whole. */
export const CHUNK_MIN_BYTES = 256;

/** 2^63 - 1 has 19 digits. */
const ID_MAX_BYTES = 19;

/** 000 to 999 as three ASCII digits each. */
const TRIPLES = Uint8Array.from({ length: 3000 }, (_, i) => {
  const value = Math.floor(i / 3);
  return 48 + (Math.floor(value / [100, 10, 1][i % 3]!) % 10);
});

/** IDs that share `lead`; the last three digits are `low`, `low + step`, … up to `lastLow`. */
interface Block {
  /** The separator and all digits but the last three. */
  readonly lead: string;
  readonly step: number;
  readonly lastLow: number;
  low: number;
}

/** Writes `count` copies of the block's line, digits left as they are. */
function stamp(target: Buffer, from: number, lead: string, count: number): void {
  const size = lead.length + 3;
  target.write(lead, from, 'latin1');
  for (let done = 1; done < count; done *= 2) {
    target.copyWithin(from + done * size, from, from + Math.min(done, count - done) * size);
  }
}

/** Writes IDs of a block until it ends or the next would pass the buffer's end; returns where it stopped. */
function fill(target: Buffer, from: number, block: Block): number {
  const { lead, step, low, lastLow } = block;
  const size = lead.length + 3;
  const count = Math.min(Math.floor((lastLow - low) / step) + 1, Math.floor((target.length - from) / size));
  if (count < 1) return from;
  stamp(target, from, lead, count);
  let at = from + lead.length;
  for (let i = 0, triple = low * 3; i < count; i++, triple += step * 3) {
    target[at] = TRIPLES[triple]!;
    target[at + 1] = TRIPLES[triple + 1]!;
    target[at + 2] = TRIPLES[triple + 2]!;
    at += size;
  }
  block.low = low + count * step;
  return from + count * size;
}

/** The block that begins at `id`; undefined where no digits are shared (tiny IDs, large steps). */
function blockAt(id: bigint, range: IdRange, separator: string): Block | undefined {
  if (id < 1000n || range.step >= 1000n) return undefined;
  const high = id / 1000n;
  const last = range.end - high * 1000n;
  return {
    lead: `${separator}${high}`,
    step: Number(range.step),
    low: Number(id - high * 1000n),
    lastLow: last < 1000n ? Number(last) : 999,
  };
}

/** An upper bound of the bytes of `count` IDs in a frame. */
export function linesMaxBytes(count: number, frame: LineFrame): number {
  return count * (ID_MAX_BYTES + frame.separator.length) + frame.opening.length + frame.closing.length;
}

/** Gives memory for the next chunk, CHUNK_MIN_BYTES or more, to be written over. */
export type NextChunk = () => Buffer;

class ChunkWriter {
  readonly #next: NextChunk;
  buffer: Buffer;
  at = 0;

  constructor(next: NextChunk) {
    this.#next = next;
    this.buffer = next();
  }

  has(bytes: number): boolean {
    return this.at + bytes <= this.buffer.length;
  }

  put(text: string): void {
    this.at += this.buffer.write(text, this.at, 'latin1');
  }

  /** What has been written; goes on with the next chunk. */
  take(): Buffer {
    const done = this.last();
    this.buffer = this.#next();
    this.at = 0;
    return done;
  }

  last(): Buffer {
    return this.buffer.subarray(0, this.at);
  }
}

/**
 * The IDs of `ranges` in order, in chunks: each a part, from its beginning, of what `next` gave. Lazy: a chunk is made
 * when it is asked for.
 */
export function* idLines(ranges: readonly IdRange[], frame: LineFrame, next: NextChunk): Generator<Buffer, void> {
  const writer = new ChunkWriter(next);
  writer.put(frame.opening);
  let separator = '';
  for (const range of ranges) {
    let id = range.start;
    while (id <= range.end) {
      const block = separator === '' ? undefined : blockAt(id, range, separator);
      if (block === undefined) {
        if (!writer.has(ID_MAX_BYTES + frame.separator.length)) yield writer.take();
        writer.put(`${separator}${id}`);
        separator = frame.separator;
        id += range.step;
        continue;
      }
      const base = id - BigInt(block.low);
      for (;;) {
        writer.at = fill(writer.buffer, writer.at, block);
        if (block.low > block.lastLow) break;
        yield writer.take();
      }
      id = base + BigInt(block.low);
    }
  }
  if (!writer.has(frame.closing.length)) yield writer.take();
  writer.put(frame.closing);
  yield writer.last();
}

/** RFC 9562: 8-4-4-4-12 hexadecimal digits. */
const UUID_BYTES = 36;

/** The bytes of UUIDs in a frame. */
export function uuidLinesBytes(texts: LazyTexts, frame: LineFrame): number {
  return texts.count * (UUID_BYTES + frame.separator.length) + frame.opening.length + frame.closing.length;
}

/** The same as `idLines` for UUIDs, which are read as chunks are asked for. */
export function* uuidLines(texts: LazyTexts, frame: LineFrame, next: NextChunk): Generator<Buffer, void> {
  const writer = new ChunkWriter(next);
  writer.put(frame.opening);
  let separator = '';
  for (const text of texts) {
    if (!writer.has(separator.length + text.length)) yield writer.take();
    writer.put(separator + text);
    separator = frame.separator;
  }
  if (!writer.has(frame.closing.length)) yield writer.take();
  writer.put(frame.closing);
  yield writer.last();
}
