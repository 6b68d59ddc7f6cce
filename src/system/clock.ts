/** The two clocks of a host. Passed in everywhere, so that a simulator or a test can be the host. */
export interface Clock {
  /** Unix time in whole milliseconds. May step either way at any moment: never trusted alone. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start; never goes back. Stands still while a Linux host is suspended. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
