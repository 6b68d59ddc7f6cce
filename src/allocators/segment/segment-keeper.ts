import { FrondError, reasonOf, toFrondError } from '../../errors.ts';
import { STEP_MAX_IDS, type TagRecord, type TakenRange } from '../../stores/range-store.ts';
import type { IdRange, WaitOptions } from '../allocator.ts';
import { countOf } from '../id-ranges.ts';
import { deadlineOf } from '../wait.ts';
import { afterCaller } from './after-caller.ts';
import type { KeeperContext } from './keeper-context.ts';
import { Leftover } from './leftover.ts';
import { takePossible } from './possible-range.ts';
import { RangeRefusals } from './range-refusals.ts';
import { recordFetch } from './record-fetch.ts';
import { RetryGate } from './retry-gate.ts';
import { SegmentBuffer } from './segment-buffer.ts';
import { FetchMeter, type FetchOutcome, type TagStats } from './segment-stats.ts';
import { NO_MARKS, type TagMarks, termsOf } from './tag-marks.ts';
import { TagPace } from './tag-pace.ts';
import { sizeOf } from './taken-range.ts';
import { WaiterQueue } from './waiter-queue.ts';

/**
 * Keeps the buffers of one live tag filled: one fetch at a time, and only while somebody waits or the pace of the tag
 * asks for a range. The gate says when the store may be asked.
 *
 * Invariants: (1) a range is served only if it starts at or above the end of every earlier one of this process;
 * otherwise it is thrown away and `take` is not called again until the table has passed our high-water mark
 * (SEGMENT_REWOUND); what is buffered is still given. (2) While somebody waits, the buffer is empty. (3) After `end`
 * nothing is given; what is left, and what still comes in, goes back to the store, is left there or is lost.
 */
export class SegmentKeeper {
  readonly tag: string;
  readonly buffer = new SegmentBuffer();
  /** For the time after `end`, when `idle`. */
  readonly leftover = new Leftover();
  readonly #context: KeeperContext;
  readonly #waiters: WaiterQueue;
  readonly #gate: RetryGate;
  readonly #refusals: RangeRefusals;
  readonly #pace: TagPace;
  readonly #meter = new FetchMeter();
  #highWater: bigint;
  #raisedTo: bigint;
  #rewound = false;
  /** No range came yet but leftovers of others, and none of those was less than was waited for. */
  #isFresh: boolean;
  #isPumpDue = false;
  #ended: FrondError | undefined;
  #inFlight: Promise<void> | undefined;
  readonly #retry = () => this.#pump();
  readonly #pumpDue = () => {
    this.#isPumpDue = false;
    this.#pump();
  };

  constructor(context: KeeperContext, tag: string, tableStepIds: number, { highWater, raisedTo } = NO_MARKS) {
    this.tag = tag;
    this.#context = context;
    this.#pace = new TagPace({ ...context, clock: context.system.clock }, this.buffer, tableStepIds);
    this.#highWater = highWater;
    this.#raisedTo = raisedTo;
    this.#isFresh = highWater === 0n && raisedTo === 0n;
    this.#waiters = new WaiterQueue(context.system.timers);
    this.#gate = new RetryGate(context.system);
    this.#refusals = new RangeRefusals(context, tag, this.#gate);
  }

  /** False once the tag is retired or the allocator stops. */
  get live(): boolean {
    return this.#ended === undefined;
  }

  get marks(): TagMarks {
    return { highWater: this.#highWater, raisedTo: this.#raisedTo };
  }

  /** Pending while a call to the store is under way. */
  get idle(): Promise<void> | undefined {
    return this.#inFlight;
  }

  /** Moves the buffer's limit on and fetches what is needed. @returns true when an ID can be given now */
  advance(): boolean {
    const given = this.buffer.advance();
    if (!given) this.#pace.starved();
    this.#pumpAfter(given);
    return given;
  }

  /** `count` IDs that are at hand; undefined, and nothing is taken, when there are fewer. */
  takeNow(count: number): IdRange[] | undefined {
    if (this.#ended !== undefined || this.buffer.remainingIds < count) return undefined;
    const taken = this.buffer.takeMany(count);
    this.#pumpAfter(true);
    return taken;
  }

  /** `count` IDs, from the buffer as far as it goes. @throws FrondError see `IdSource.next` */
  async take(count: number, wait: WaitOptions | undefined): Promise<readonly IdRange[]> {
    const deadlineMs = deadlineOf(wait, this.#context.options.waitDeadlineMs);
    if (this.#ended !== undefined) throw this.#ended;
    const atHand = this.takeNow(count);
    if (atHand !== undefined) return atHand;
    const hasStandIn = wait?.hasStandIn ?? false;
    this.#admit(deadlineMs, hasStandIn);
    this.#pace.starved();
    const taken = this.buffer.takeMany(count);
    const terms = { deadlineMs, hasStandIn, signal: wait?.signal, timedOut: () => this.#refusals.timedOut(deadlineMs) };
    const outcome = this.#waiters.join(count - Number(countOf(taken)), taken, terms);
    this.#pump();
    return outcome;
  }

  /** Takes over what the table says. @param raised true when this process has just raised maxId to that */
  learn(record: TagRecord, raised = false): void {
    this.#pace.learn(record.stepIds);
    if (raised) {
      // Also when a range from above the raise has overtaken this answer.
      const before = this.buffer.remainingIds;
      this.buffer.dropBelow(record.maxId);
      this.#pace.dropped(before - this.buffer.remainingIds);
      if (record.maxId > this.#highWater) {
        this.#highWater = record.maxId;
        this.#raisedTo = record.maxId;
      }
    }
    if (this.#rewound && record.maxId >= this.#highWater) {
      this.#rewound = false;
      this.#gate.reset();
      this.#log('info', { maxId: `${record.maxId}` }, 'the table has passed our high-water mark; fetching goes on');
      this.#pump();
    }
  }

  /**
   * Looks at a row that was listed: one below our high-water mark has gone back, and no fetch need be thrown away to
   * know it. While one is under way that one tells.
   * @param before the mark before the list was asked for
   */
  inspect({ maxId }: TagRecord, before: bigint): void {
    if (this.#inFlight !== undefined || this.#rewound || this.#ended !== undefined) return;
    // What was raised here may have come down again; the next fetch lifts it.
    if (this.#raisedTo > 0n) return;
    if (maxId < before && maxId < this.#highWater) this.#latchRewind(maxId);
  }

  /** Gives nothing any more; who waits is told `error`. */
  end(error: FrondError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#pace.dropped(this.buffer.remainingIds);
    for (const range of this.buffer.unused) this.leftover.add(range);
    this.buffer.clear();
    this.#gate.reset();
    this.#waiters.rejectAll(error);
  }

  stats(): TagStats {
    return {
      ...this.#pace.stats(),
      tag: this.tag,
      highWater: this.#highWater === 0n ? undefined : this.#highWater,
      fetches: this.#meter.counts,
      lastFetch: this.#meter.lastAt(this.#context.system.clock.monotonicMs()),
      waiters: this.#waiters.size,
      rewound: this.#rewound,
      failure: this.#gate.error?.code,
    };
  }

  /** Lets one more caller wait. @throws FrondError the reason why not */
  #admit(deadlineMs: number, hasStandIn: boolean): void {
    // While the store fails, a batch that may never be whole leaves the buffered IDs to others.
    const isTrying = this.#inFlight !== undefined || !this.#gate.isOpen;
    const outage = this.buffer.remainingIds > 0n ? this.#refusals.outage(isTrying) : undefined;
    const refusal = this.#gate.refusal ?? outage ?? (hasStandIn ? this.#refusals.away() : undefined);
    if (refusal !== undefined) this.advance();
    const error = refusal ?? this.#refusals.crowd(this.#waiters.size);
    if (error !== undefined) throw error;
    if (deadlineMs > 0) return;
    this.advance();
    throw this.#refusals.timedOut(0);
  }

  /** @param given the caller has his ID, and a fetch that begins must not keep him */
  #pumpAfter(given: boolean): void {
    if (!given) this.#pump();
    else if (!this.#isPumpDue) {
      this.#isPumpDue = true;
      afterCaller(this.#pumpDue);
    }
  }

  #pump(): void {
    if (this.#ended !== undefined || this.#inFlight !== undefined || !this.#gate.isOpen) return;
    if (this.#waiters.size === 0 && !this.#pace.needsRange()) return;
    if (!this.#rewound && !this.#context.circuit.admit(this.#retry, this.#waiters.size > 0)) return;
    this.#inFlight = (this.#rewound ? this.#askForMaxId() : this.#fetch()).then(() => {
      this.#inFlight = undefined;
      this.#pump();
    });
  }

  /** One `take`; never rejects. */
  async #fetch(): Promise<void> {
    const startedMs = this.#context.system.clock.monotonicMs();
    const stepIds = this.#pace.beginFetch();
    const askIds = this.#pace.nearEnd ? stepIds : Math.min(STEP_MAX_IDS, Math.max(stepIds, this.#waiters.lackIds));
    const highWater = this.#highWater;
    let outcome: FetchOutcome;
    let failure: FrondError | undefined;
    try {
      const mayBeSmall = this.#isFresh && this.#waiters.lackIds <= stepIds;
      const terms = termsOf(this.marks, mayBeSmall, this.#context.options.segmentTargetMs);
      const range = await takePossible(this.#context.store, this.tag, askIds, terms);
      outcome = this.#receive(range, stepIds, highWater);
    } catch (error) {
      failure = toFrondError(error);
      outcome = this.#fail(failure, askIds);
    }
    this.#context.circuit.ended(this.tag, failure);
    recordFetch(this.#context, this.#meter, outcome, startedMs);
  }

  /** @param highWater when the fetch was begun */
  #receive(range: TakenRange, stepIds: number, highWater: bigint): FetchOutcome {
    if (range.start < highWater) return this.#latchRewind(range.start);
    const ids = Number(sizeOf(range));
    if (range.isLeftover) this.#context.onLeftover(ids);
    else this.#isFresh = false;
    // The tag has ended, or was raised above this range, while the fetch was under way.
    if (this.#ended !== undefined || range.start < this.#highWater) {
      this.#pace.discarded(ids);
      if (range.start >= this.#highWater) this.leftover.add(range);
      return 'discarded';
    }
    if (this.#gate.failures > 0) this.#log('info', { failures: this.#gate.failures }, 'the store gives ranges again');
    this.#gate.reset();
    this.#highWater = range.end;
    this.#raisedTo = 0n;
    this.#pace.received(ids, stepIds);
    this.buffer.push(range);
    this.#waiters.serve(this.buffer);
    // A wait goes through one leftover at the most, however many there are: the others are for the next process.
    if (this.#waiters.size > 0) this.#isFresh = false;
    return 'ok';
  }

  #latchRewind(start: bigint): FetchOutcome {
    const highWater = this.#highWater;
    this.#rewound = true;
    this.#isFresh = false;
    this.leftover.doubt();
    this.#context.onRewind();
    this.#refuse(new FrondError('SEGMENT_REWOUND', { tag: this.tag, start, highWater }));
    this.#log(
      'error',
      { start: `${start}`, highWater: `${highWater}` },
      'the store went back: IDs would be given a second time',
    );
    return 'rewound';
  }

  #refuse(error: FrondError): void {
    this.#gate.refused(error);
    this.#waiters.rejectAll(this.#gate.dated() ?? error);
  }

  #fail(error: FrondError, askedIds: number): FetchOutcome {
    const outcome = error.retryable ? 'failed' : 'refused';
    if (error.code === 'UNKNOWN_TAG') this.#context.onUnknown(this, error);
    if (this.#ended !== undefined) return outcome;
    // A smaller range is asked for at once.
    if (error.code === 'RANGE_EXHAUSTED' && this.#pace.exhausted(askedIds)) return outcome;
    const fields = { code: error.code, reason: error.message, remaining: `${this.buffer.remainingIds}` };
    if (this.#gate.failures === 0) this.#log('warn', fields, 'no range came');
    if (error.retryable) {
      this.#gate.failed(error, this.#retry);
      this.#waiters.rejectStandIns(this.#gate.date(error));
    } else this.#refuse(error);
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
