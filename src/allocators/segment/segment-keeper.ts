import { FrondError, reasonOf, toFrondError } from '../../errors.ts';
import type { LatencyHistogram } from '../../metrics/latency-histogram.ts';
import { type RangeStore, STEP_MAX_IDS, type TagRecord, type TakenRange } from '../../stores/range-store.ts';
import type { System } from '../../system/system.ts';
import type { IdRange, WaitOptions } from '../allocator.ts';
import { deadlineOf } from '../wait.ts';
import { requirePossible } from './possible-range.ts';
import { RetryGate } from './retry-gate.ts';
import { SegmentBuffer } from './segment-buffer.ts';
import type { SegmentOptions } from './segment-options.ts';
import { FetchMeter, type FetchOutcome, type TagStats } from './segment-stats.ts';
import { type StepPlan, StepPolicy } from './step-policy.ts';
import { WaiterQueue } from './waiter-queue.ts';

export interface KeeperContext {
  readonly store: RangeStore;
  readonly system: System;
  readonly options: SegmentOptions;
  readonly fetchLatency: LatencyHistogram;
  /** Counts the fetches of all keepers together. */
  readonly allFetches: FetchMeter;
  /** The store does not know the tag any more; ends the keeper. */
  readonly onUnknown: (keeper: SegmentKeeper, error: FrondError) => void;
}

/** What a fetch was begun with. */
interface FetchPlan {
  readonly step: StepPlan;
  readonly askIds: number;
  readonly highWater: bigint;
}

/**
 * Keeps the double buffer of one live tag filled: one fetch at a time, and only while somebody waits or the second
 * range is missing. The gate says when the store may be asked.
 *
 * Invariants: (1) a range is served only if it starts at or above the end of every earlier one of this process;
 * otherwise it is thrown away and `take` is not called again until the table has passed our high-water mark
 * (SEGMENT_REWOUND); what is buffered is still given. (2) While somebody waits, the buffer is empty. (3) After `end`
 * nothing is given, and what still comes in is thrown away.
 */
export class SegmentKeeper {
  readonly tag: string;
  readonly buffer = new SegmentBuffer();
  readonly #context: KeeperContext;
  readonly #waiters: WaiterQueue;
  readonly #gate: RetryGate;
  readonly #step: StepPolicy;
  readonly #meter = new FetchMeter();
  #highWater: bigint;
  #rewound = false;
  #ended: FrondError | undefined;
  #inFlight: Promise<void> | undefined;
  #receivedIds = 0;
  #droppedIds = 0;

  /** @param highWater the end of the highest range that this process ever had of the tag, 0 for none */
  constructor(context: KeeperContext, tag: string, tableStepIds: number, highWater: bigint) {
    this.tag = tag;
    this.#context = context;
    this.#step = new StepPolicy(tableStepIds, context.options.segmentTargetMs, context.options.stepMaxIds);
    this.#highWater = highWater;
    this.#waiters = new WaiterQueue(context.system.timers, deadlineMs => this.#timedOut(deadlineMs));
    this.#gate = new RetryGate(context.system, () => this.#pump());
  }

  /** False once the tag is retired or the allocator stops. */
  get live(): boolean {
    return this.#ended === undefined;
  }

  get highWater(): bigint {
    return this.#highWater;
  }

  /** Pending while a call to the store is under way. */
  get idle(): Promise<void> | undefined {
    return this.#inFlight;
  }

  /** Moves the buffer's limit on and fetches what is needed. @returns true when an ID can be given now */
  advance(): boolean {
    const given = this.buffer.advance();
    this.#pump();
    return given;
  }

  /** `count` IDs, from the buffer as far as it goes. @throws FrondError see `IdSource.next` */
  async take(count: number, wait: WaitOptions | undefined): Promise<readonly IdRange[]> {
    const deadlineMs = deadlineOf(wait, this.#context.options.waitDeadlineMs);
    if (this.#ended !== undefined) throw this.#ended;
    if (this.buffer.remainingIds < count) this.#admit(deadlineMs);
    const taken = this.buffer.takeMany(count);
    const lackIds = taken.reduce((lack, range) => lack - Number(range.end - range.start) - 1, count);
    const outcome = lackIds === 0 ? taken : this.#waiters.join(lackIds, taken, deadlineMs, wait?.signal);
    this.#pump();
    return outcome;
  }

  /** Takes over what the table says. @param raised true when this process has just raised maxId to that */
  learn(record: TagRecord, raised = false): void {
    this.#step.learn(record.stepIds);
    if (raised) {
      // Also when a range from above the raise has overtaken this answer.
      const before = this.buffer.remainingIds;
      this.buffer.dropBelow(record.maxId);
      this.#droppedIds += Number(before - this.buffer.remainingIds);
      if (record.maxId > this.#highWater) this.#highWater = record.maxId;
    }
    if (this.#rewound && record.maxId >= this.#highWater) {
      this.#rewound = false;
      this.#gate.reset();
      this.#log('info', { maxId: `${record.maxId}` }, 'the table has passed our high-water mark; fetching goes on');
      this.#pump();
    }
  }

  /** Gives nothing any more; who waits is told `error`. */
  end(error: FrondError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#droppedIds += Number(this.buffer.remainingIds);
    this.buffer.clear();
    this.#gate.reset();
    this.#waiters.rejectAll(error);
  }

  stats(): TagStats {
    const remainingIds = Number(this.buffer.remainingIds);
    return {
      tag: this.tag,
      tableStepIds: this.#step.tableStepIds,
      stepIds: this.#step.stepIds,
      issuedIds: this.#receivedIds - this.#droppedIds - remainingIds,
      remainingIds,
      highWater: this.#highWater === 0n ? undefined : this.#highWater,
      fetches: this.#meter.counts,
      lastFetchMs: this.#meter.lastMs,
      waiters: this.#waiters.size,
      rewound: this.#rewound,
      failure: this.#gate.error?.code,
    };
  }

  /** Lets one more caller wait. @throws FrondError the reason why not */
  #admit(deadlineMs: number): void {
    // While the store fails, a batch that may never be whole leaves the buffered IDs to others.
    const refusal = this.#gate.refusal ?? (this.buffer.remainingIds > 0n ? this.#gate.dated() : undefined);
    if (refusal !== undefined) this.#pump();
    if (refusal !== undefined) throw refusal;
    const [limit, what] = [this.#context.options.maxWaiters, `tag ${JSON.stringify(this.tag)}`];
    const { retryAfterMs } = this.#gate;
    if (this.#waiters.size >= limit) throw new FrondError('TOO_MANY_WAITERS', { what, limit }, { retryAfterMs });
    if (deadlineMs > 0) return;
    this.advance();
    throw this.#timedOut(0);
  }

  #timedOut(deadlineMs: number): FrondError {
    const what = `No range of tag ${JSON.stringify(this.tag)} arrived`;
    const { retryAfterMs } = this.#gate;
    return this.#gate.dated() ?? new FrondError('DEADLINE_EXCEEDED', { what, deadlineMs }, { retryAfterMs });
  }

  #pump(): void {
    if (this.#ended !== undefined || this.#inFlight !== undefined || !this.#gate.isOpen) return;
    if (this.#waiters.size === 0 && !this.buffer.needsRange) return;
    this.#inFlight = (this.#rewound ? this.#askForMaxId() : this.#fetch()).then(() => {
      this.#inFlight = undefined;
      this.#pump();
    });
  }

  /** One `take`; never rejects. */
  async #fetch(): Promise<void> {
    const { clock } = this.#context.system;
    const startedMs = clock.monotonicMs();
    const step = this.#step.plan(startedMs);
    const askIds = Math.min(STEP_MAX_IDS, Math.max(step.stepIds, this.#waiters.lackIds));
    const plan = { step, askIds, highWater: this.#highWater };
    let outcome: FetchOutcome;
    try {
      const range = await this.#context.store.take(this.tag, askIds);
      requirePossible(range, askIds);
      outcome = this.#receive(range, plan);
    } catch (error) {
      outcome = this.#fail(toFrondError(error));
    }
    const durationMs = clock.monotonicMs() - startedMs;
    this.#meter.record(outcome, durationMs);
    this.#context.allFetches.record(outcome, durationMs);
    this.#context.fetchLatency.observe(durationMs);
  }

  #receive(range: TakenRange, plan: FetchPlan): FetchOutcome {
    if (this.#ended !== undefined) return 'discarded';
    if (range.start < plan.highWater) return this.#latchRewind(range);
    // The tag was raised above this range while the fetch was under way.
    if (range.start < this.#highWater) return 'discarded';
    if (this.#gate.failures > 0) this.#log('info', { failures: this.#gate.failures }, 'the store gives ranges again');
    this.#gate.reset();
    this.#step.loaded(plan.step, this.#context.system.clock.monotonicMs());
    this.#highWater = range.end;
    this.#receivedIds += plan.askIds;
    this.buffer.push(range);
    this.#waiters.serve(this.buffer);
    return 'ok';
  }

  #latchRewind({ start }: TakenRange): FetchOutcome {
    const highWater = this.#highWater;
    this.#rewound = true;
    this.#refuse(new FrondError('SEGMENT_REWOUND', { tag: this.tag, start, highWater }));
    this.#log('error', { start: `${start}`, highWater: `${highWater}` }, 'the store offered IDs a second time');
    return 'rewound';
  }

  #refuse(error: FrondError): void {
    this.#gate.refused(error);
    this.#waiters.rejectAll(this.#gate.dated() ?? error);
  }

  #fail(error: FrondError): FetchOutcome {
    const outcome = error.retryable ? 'failed' : 'refused';
    if (error.code === 'UNKNOWN_TAG') this.#context.onUnknown(this, error);
    if (this.#ended !== undefined) return outcome;
    if (this.#gate.failures === 0) this.#log('warn', { code: error.code, reason: error.message }, 'no range came');
    if (error.retryable) this.#gate.failed(error);
    else this.#refuse(error);
    return outcome;
  }

  /** While rewound: has the table passed our high-water mark? Never rejects. */
  async #askForMaxId(): Promise<void> {
    const refusal = this.#gate.error;
    try {
      const record = await this.#context.store.getTag(this.tag);
      if (this.#ended !== undefined) return;
      if (record === undefined) this.#context.onUnknown(this, new FrondError('UNKNOWN_TAG', { tag: this.tag }));
      else this.learn(record);
    } catch (error) {
      this.#log('warn', { reason: reasonOf(error) }, 'cannot ask whether the table has passed our high-water mark');
    }
    if (this.#rewound && this.#ended === undefined && refusal !== undefined) this.#refuse(refusal);
  }

  #log(level: 'info' | 'warn' | 'error', fields: object, message: string): void {
    this.#context.system.logger[level]({ tag: this.tag, ...fields }, message);
  }
}
