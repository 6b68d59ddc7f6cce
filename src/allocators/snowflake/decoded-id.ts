/** What a snowflake ID says under a layout. */
export interface DecodedId {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly workerId: number;
  readonly sequence: number;
}

/** An allocator whose IDs can be read back. */
export interface Decoder {
  /** @throws FrondError INVALID_ARGUMENT when `id` is not in 0 to 2^63 - 1 */
  decode(id: bigint): DecodedId;
}
