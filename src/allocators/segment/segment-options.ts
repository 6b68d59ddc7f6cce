/** The settings of segment mode; `config.ts` has their defaults and ranges. */
export interface SegmentOptions {
  /** How long a call waits for an ID unless it says otherwise, milliseconds. */
  readonly waitDeadlineMs: number;
  /** Callers that may wait for one tag at a time, and for tags being looked up. */
  readonly maxWaiters: number;
  /** How long a range should last, milliseconds; Leaf: 15 min. */
  readonly segmentTargetMs: number;
  /** Where the growth of the step ends, IDs, 1 to 2^31 - 1; Leaf: 1,000,000. */
  readonly stepMaxIds: number;
  /** How often the list of tags is read again, milliseconds; Leaf: 60 s. */
  readonly tagRefreshMs: number;
  /** Tags that get their first range at the start: names with commas between, `*` for all, empty for none. */
  readonly preloadTags: string;
}
