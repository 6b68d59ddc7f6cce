import type { Translation } from './tcp-proxy.ts';

/** A frame is its length, then the answer: a header of 16 bytes, and of a write the node's stat of 68. */
const LENGTH_BYTES = 4;
const STAT_ANSWER_BYTES = 16 + 68;
/** Of the time of the last write in such a frame: behind two transaction numbers and the time of creation. */
const MTIME_AT = LENGTH_BYTES + 16 + 24;
/** A text of the same length is no time. */
const PLAUSIBLE_MS = 60_000;

/** For `TcpProxy.translate`: a ZooKeeper whose leader's clock is off by `offsetMs`, as far as writes tell. */
export function turnedClock(offsetMs: number): () => Translation {
  return () => {
    let rest: Buffer = Buffer.alloc(0);
    return chunk => {
      const bytes = Buffer.concat([rest, chunk]);
      let at = 0;
      while (at + LENGTH_BYTES <= bytes.length) {
        const end = at + LENGTH_BYTES + bytes.readInt32BE(at);
        if (end > bytes.length) break;
        if (end - at === LENGTH_BYTES + STAT_ANSWER_BYTES) turn(bytes, at + MTIME_AT, offsetMs);
        at = end;
      }
      rest = bytes.subarray(at);
      return bytes.subarray(0, at);
    };
  };
}

function turn(bytes: Buffer, at: number, offsetMs: number): void {
  const mtimeMs = Number(bytes.readBigInt64BE(at));
  if (Math.abs(mtimeMs - Date.now()) < PLAUSIBLE_MS) bytes.writeBigInt64BE(BigInt(mtimeMs + offsetMs), at);
}
