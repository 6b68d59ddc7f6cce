import type { ErrorDetails } from '../../errors.ts';

/**
 * `RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers-10 has them, names and values in turn. The
 * policy is the burst and the whole seconds in which it flows in again. Answers that are let through go without: two
 * more fields cost more than the limit itself.
 * @param retryAfterSeconds whole seconds until the request would pass
 */
export function rateLimitFields(details: ErrorDetails<'RATE_LIMITED'>, retryAfterSeconds: number): string[] {
  const { limit, perSecond, burst, left } = details;
  const windowSeconds = Math.max(1, Math.ceil(burst / perSecond));
  const unit = limit === 'tag' ? ';qu="ids"' : '';
  const policy = `"${limit}";q=${Math.floor(burst)};w=${windowSeconds}${unit}`;
  return ['RateLimit-Policy', policy, 'RateLimit', `"${limit}";r=${left};t=${retryAfterSeconds}`];
}
