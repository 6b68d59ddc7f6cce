/** The two clocks of a host. Passed in everywhere, so that a simulator or a test can be the host. */
export interface Clock {
  /** Unix time in whole milliseconds. May step either way at any moment: never trusted alone. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start; never goes back. Stands still while a Linux host is suspended. */
  monotonicMs(): number;
}

/**
 * The clock with its wall time cut to whole milliseconds, which a caller's own clock (performance.timeOrigin +
 * performance.now()) may not have: a fraction of a millisecond would reach the other bits of an ID.
 */
export function wholeMsClock(clock: Clock): Clock {
  if (clock === systemClock) return clock;
  return { wallMs: () => Math.floor(clock.wallMs()), monotonicMs: () => clock.monotonicMs() };
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
