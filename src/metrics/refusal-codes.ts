import { GENERAL_ERRORS } from '../errors/general-errors.ts';
import { SEGMENT_ERRORS } from '../errors/segment-errors.ts';
import { SNOWFLAKE_ERRORS } from '../errors/snowflake-errors.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';

/** What refusals of each kind of ID, and problem answers, can be labelled with: closed lists. */
export const SEGMENT_CODES: readonly string[] = Object.keys({ ...GENERAL_ERRORS, ...SEGMENT_ERRORS });
export const SNOWFLAKE_CODES: readonly string[] = Object.keys({ ...GENERAL_ERRORS, ...SNOWFLAKE_ERRORS });
/** A code without an HTTP status is never answered. */
export const PROBLEM_CODES: readonly string[] = Object.keys(ERRORS).filter(
  code => ERRORS[code as ErrorCode].status !== 499,
);
