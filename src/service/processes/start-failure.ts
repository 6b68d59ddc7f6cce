import { type ErrorCode, FrondError, reasonOf } from '../../errors.ts';

/** Why one of several processes could not start, as it can be sent to their parent. */
export interface StartProblem {
  /** Undefined for what is no refusal of Frond's. */
  readonly code: ErrorCode | undefined;
  readonly text: string;
}

export function startProblemOf(error: unknown): StartProblem {
  return { code: error instanceof FrondError ? error.code : undefined, text: reasonOf(error) };
}

/** The same, thrown by the parent. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  readonly code: ErrorCode | undefined;

  constructor({ code, text }: StartProblem) {
    super(`${code === undefined ? '' : `${code}: `}${text}`);
    this.code = code;
  }
}
