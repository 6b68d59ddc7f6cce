import { STEP_MAX_IDS } from '../../stores/range-store.ts';

export interface StepInput {
  /** Size of the latest range by this policy, 1 or more. */
  readonly stepIds: number;
  /** The operator's step in the table: the least that is ever asked for, 1 to 2^31 - 1. */
  readonly tableStepIds: number;
  /** How long the latest range lasted, milliseconds. */
  readonly lastedMs: number;
  /** How long a range should last, milliseconds. */
  readonly targetMs: number;
  /** Where growth ends; a larger step in the table is honoured all the same. */
  readonly stepMaxIds: number;
}

/**
 * The size of the next range by Leaf's rule: a range that lasted less than the target doubles the step, one that
 * lasted twice the target or more halves it, anything between leaves it.
 * @returns 1 to 2^31 - 1, never below the table's step and never above the larger of `stepMaxIds` and that step
 */
export function nextStepIds(input: StepInput): number {
  const { stepIds, tableStepIds, lastedMs, targetMs } = input;
  const most = Math.min(STEP_MAX_IDS, Math.max(input.stepMaxIds, tableStepIds));
  let next = stepIds;
  if (lastedMs < targetMs) next = stepIds * 2;
  else if (lastedMs >= targetMs * 2) next = Math.floor(stepIds / 2);
  return Math.min(most, Math.max(tableStepIds, next));
}

export interface StepPlan {
  readonly stepIds: number;
  /** The table's step when the plan was made. */
  readonly tableStepIds: number;
}

/** The step of one tag over time. Plans are free: only a range that arrived changes the step. */
export class StepPolicy {
  readonly #targetMs: number;
  readonly #stepMaxIds: number;
  #tableStepIds: number;
  #stepIds: number;
  #loads = 0;
  #lastLoadMs = 0;

  constructor(tableStepIds: number, targetMs: number, stepMaxIds: number) {
    this.#tableStepIds = tableStepIds;
    this.#stepIds = tableStepIds;
    this.#targetMs = targetMs;
    this.#stepMaxIds = stepMaxIds;
  }

  get tableStepIds(): number {
    return this.#tableStepIds;
  }

  get stepIds(): number {
    return this.#stepIds;
  }

  /** A new step in the table is the size of the next range; the policy goes on from there. */
  learn(tableStepIds: number): void {
    if (tableStepIds === this.#tableStepIds) return;
    this.#loads = Math.min(this.#loads, 1);
    this.#tableStepIds = tableStepIds;
    this.#stepIds = tableStepIds;
  }

  /** What to ask for at `nowMs`, on any clock that does not go back. */
  plan(nowMs: number): StepPlan {
    const tableStepIds = this.#tableStepIds;
    // As in Leaf, the first two ranges have the table's step: before the third nothing is known about their life.
    if (this.#loads < 2) return { stepIds: this.#stepIds, tableStepIds };
    const stepIds = nextStepIds({
      stepIds: this.#stepIds,
      tableStepIds,
      lastedMs: nowMs - this.#lastLoadMs,
      targetMs: this.#targetMs,
      stepMaxIds: this.#stepMaxIds,
    });
    return { stepIds, tableStepIds };
  }

  /** The range of `plan` has arrived. */
  loaded(plan: StepPlan, nowMs: number): void {
    this.#lastLoadMs = nowMs;
    if (plan.tableStepIds !== this.#tableStepIds) return;
    this.#stepIds = plan.stepIds;
    this.#loads++;
  }
}
