/** What a snowflake ID says under a layout. */
export interface DecodedId {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly workerId: number;
  readonly sequence: number;
}

/** An allocator whose IDs can be read back. */
export interface Decoder {
  /** @throws FrondError INVALID_ARGUMENT when the layout has no such ID */
  decode(id: bigint): DecodedId;
}
