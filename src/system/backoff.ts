import type { Random } from './random.ts';

export interface BackoffPolicy {
  /** Ceiling of the first delay, milliseconds. */
  readonly firstMs: number;
  /** Ceiling of every later delay, milliseconds. */
  readonly maxMs: number;
}

/**
 * The delay before try number `failures` + 1: exponential, with "equal jitter" (half fixed, half random), so that
 * instances that failed together do not come back together.
 * @param failures consecutive failures so far, 1 or more
 */
export function backoffMs(policy: BackoffPolicy, failures: number, random: Random): number {
  const ceiling = Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(failures - 1, 30));
  return ceiling / 2 + (random.fraction() * ceiling) / 2;
}
