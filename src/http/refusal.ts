import { type ErrorCode, type ErrorDetails, FrondError, type FrondErrorOptions } from '../errors.ts';

/**
 * A FrondError without a stack, for refusals that come by the thousand when there is no time for them: the stack would
 * cost more than all the rest of the error and its text.
 */
export function refusal<C extends ErrorCode>(
  code: C,
  details: ErrorDetails<C>,
  options?: FrondErrorOptions,
): FrondError<C> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new FrondError(code, details, options);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
