import { GENERAL_ERRORS } from '../../errors/general-errors.ts';
import { REQUEST_ERRORS } from '../../errors/request-errors.ts';
import { SEGMENT_ERRORS } from '../../errors/segment-errors.ts';
import { SNOWFLAKE_ERRORS } from '../../errors/snowflake-errors.ts';
import { ERRORS, type ErrorCode } from '../../errors.ts';

const AREAS = {
  any: { ...GENERAL_ERRORS, ...REQUEST_ERRORS },
  segment: SEGMENT_ERRORS,
  snowflake: SNOWFLAKE_ERRORS,
} as const;

export type ErrorArea = keyof typeof AREAS;

/** The codes of the error table with a status, in the areas that an operation can meet. */
export function codesWith(status: number, ...areas: readonly ErrorArea[]): readonly ErrorCode[] {
  const codes = areas.flatMap(area => Object.keys(AREAS[area])) as ErrorCode[];
  return codes.filter(code => ERRORS[code].status === status);
}

/** Codes that are never sent: the module alone throws them, or they are shown as INTERNAL or NOT_READY. */
const UNSENT: readonly ErrorCode[] = ['ABORTED', 'INVALID_CONFIG', 'ID_NOT_SAFE_INTEGER', 'UNKNOWN_WORKER'];

/** Every code that an answer can carry, in the order of the table. */
export const SENT_CODES: readonly ErrorCode[] = (Object.keys(ERRORS) as ErrorCode[]).filter(
  code => !UNSENT.includes(code),
);
