/** What an allowance of `auto` stands for; ms. See `allowanceMs` in the table of settings. */
export const AUTO_ALLOWANCE_MS = 600_000;
/** The same where a record on this host has outlived a process. */
export const AUTO_PROVEN_ALLOWANCE_MS = 24 * 3_600_000;

/** The largest allowance that an instance with this setting may have been given; ms. */
export function largestAllowanceMs(allowanceMs: number | 'auto'): number {
  return allowanceMs === 'auto' ? AUTO_PROVEN_ALLOWANCE_MS : allowanceMs;
}
