import { type ErrorCode, FrondError } from '../../errors.ts';
import { type LimitCircumstances, limitReason } from './issue-limit.ts';

/** What no waiting mends. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  'INVALID_CONFIG',
  'LAYOUT_MISMATCH',
  'STORE_NOT_INITIALISED',
  'STORE_DAMAGED',
]);

export function isFatal(error: FrondError): boolean {
  return FATAL.has(error.code);
}

/** The error with a time after which trying again makes sense, unless it has one. */
export function withRetryAfter(error: FrondError, retryAfterMs: number): FrondError {
  if (error.retryAfterMs !== undefined || !error.retryable) return error;
  return new FrondError(error.code, error.details, { cause: error, retryAfterMs: Math.ceil(retryAfterMs) });
}

export function clockSkew(skewMs: number, limitMs: number): FrondError {
  return new FrondError('CLOCK_SKEW', { skewMs, limitMs });
}

export interface BehindView {
  readonly workerId: number;
  readonly behindMs: number;
  readonly waitMaxMs: number;
  /** The slot store's time; undefined when it has none. */
  readonly sampleMs: number | undefined;
  readonly wallMs: number;
}

/** Nearer than this, two clocks agree for the purpose of saying which one is wrong; ms. */
const AGREES_MS = 1000;

export function clockBehind({ workerId, behindMs, waitMaxMs, sampleMs, wallMs }: BehindView): FrondError {
  let opinion = 'the slot store has no time of its own to compare with';
  if (sampleMs !== undefined) {
    const aheadMs = sampleMs - wallMs;
    const agrees = Math.abs(aheadMs) <= AGREES_MS;
    opinion = agrees
      ? "the slot store's time agrees with this clock, so the persisted time is ahead"
      : `the slot store's time is ${Math.abs(aheadMs)} ms ${aheadMs > 0 ? 'ahead of' : 'behind'} this clock`;
  }
  return new FrondError('CLOCK_BEHIND', { workerId, behindMs, waitMaxMs, opinion }, { retryAfterMs: behindMs });
}

/** The clock has passed the floor, but no timestamp above it is acknowledged or trusted yet. */
export function notYetOpen(circumstances: LimitCircumstances): FrondError {
  const reason = limitReason(circumstances).text;
  return new FrondError(
    'LIMIT_REACHED',
    { aheadMs: Math.round(circumstances.jumpedMs ?? 1), reason },
    { retryAfterMs: 1000 },
  );
}

export function unconfirmedJump(jumpedMs: number): FrondError {
  return notYetOpen({ jumpedMs, renewalFailure: undefined, recordFailure: undefined });
}
