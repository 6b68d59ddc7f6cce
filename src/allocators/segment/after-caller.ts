/**
 * Runs `callback` when the present caller has gone on: after what waits for a promise that he is about to get. What
 * takes as long as a hundred IDs then falls between the calls, not into one of them.
 */
export function afterCaller(callback: () => void): void {
  // The caller's own continuation comes between the two.
  queueMicrotask(() => queueMicrotask(callback));
}
