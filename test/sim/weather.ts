/** How likely each mishap of a call is, now; the fault injector changes it. */
export interface Weather {
  /** An error, and nothing has happened. */
  failBefore: number;
  /** An error, and it has happened. */
  failAfter: number;
  /** No answer ever; it has happened or not. */
  hang: number;
  /** It takes effect or is answered seconds late. */
  slow: number;
  /** `list` shows an older state. */
  stale: number;
  /** The process is killed in the middle of a change. */
  kill: number;
}

export const FAIR: Weather = { failBefore: 0, failAfter: 0, hang: 0, slow: 0, stale: 0, kill: 0 };
