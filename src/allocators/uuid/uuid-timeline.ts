/** The time and counter fields of the last UUIDv7. */
export interface UuidTime {
  /** Unix milliseconds, 48 bits. */
  readonly ms: number;
  /** 32-bit counter within the millisecond, unsigned. */
  readonly sequence: number;
}

/**
 * The next UUIDv7 time: strictly above `last` whatever the clock says (RFC 9562 section 6.2, method 1, with the
 * counter's overflow carried into the timestamp). A new millisecond begins at a random counter below 2^31, so that
 * there is room to count up.
 * @param wallMs the wall clock, Unix milliseconds
 * @param seed 31 random bits
 */
export function advanceUuidTime(last: UuidTime, wallMs: number, seed: number): UuidTime {
  if (wallMs > last.ms) return { ms: wallMs, sequence: seed };
  if (last.sequence < 0xffff_ffff) return { ms: last.ms, sequence: last.sequence + 1 };
  return { ms: last.ms + 1, sequence: seed };
}
