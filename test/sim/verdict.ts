export type Rule =
  | 'duplicate'
  | 'overlap'
  | 'order'
  | 'window'
  | 'cover'
  | 'range'
  | 'ahead of the clock'
  | 'after release'
  | 'one change'
  | 'one record'
  | 'bound'
  | 'succession'
  | 'liveness'
  | 'truth'
  | 'crash';

export interface Violation {
  readonly rule: Rule;
  readonly text: string;
}

/** Keeps the first violation. */
export class Verdict {
  readonly #only: readonly Rule[] | undefined;
  violation: Violation | undefined;

  /** @param only when given, only these are reported */
  constructor(only: readonly Rule[] | undefined) {
    this.#only = only;
  }

  fail(rule: Rule, text: string): void {
    if (this.#only !== undefined && !this.#only.includes(rule)) return;
    this.violation ??= { rule, text };
  }
}
