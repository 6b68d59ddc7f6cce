/** What bounds the parameters, by the names of the settings, so that a whole `Config` may be given. */
export interface LimitSettings {
  readonly maxCountIds: number;
  readonly maxRangeIds: number;
  /** Both or neither: what a snowflake source can give within the wait of a call. */
  readonly sequenceBits?: number | undefined;
  readonly waitDeadlineMs?: number | undefined;
}

/** The largest counts of a request. */
export interface Limits {
  readonly countIds: number;
  readonly rangeIds: number;
  readonly snowflakeCountIds: number;
  readonly snowflakeRangeIds: number;
}

export function limitsOf({ maxCountIds, maxRangeIds, sequenceBits, waitDeadlineMs }: LimitSettings): Limits {
  const isKnown = sequenceBits !== undefined && waitDeadlineMs !== undefined;
  const possibleIds = isKnown ? 2 ** sequenceBits * (waitDeadlineMs + 1) : Number.POSITIVE_INFINITY;
  return {
    countIds: maxCountIds,
    rangeIds: maxRangeIds,
    snowflakeCountIds: Math.min(maxCountIds, possibleIds),
    snowflakeRangeIds: Math.min(maxRangeIds, possibleIds),
  };
}
