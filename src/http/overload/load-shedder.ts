/**
 * What is refused when there is more to do than can be done, so that the rest is answered in time.
 *
 * A single ID costs as much to refuse as to give (12 µs, all but a tenth of it HTTP itself), so single IDs are given,
 * always: their queue is bounded by the connections, each of which has one answer under way, and 10,000 of them are
 * worked off in 150 ms. What would make that queue stand, or fill the memory, is bounded here instead:
 *
 * 1. Waits. A request that waits for a store holds its memory for up to the wait deadline and may get nothing after
 *    all. So many may wait at a time, over all tags; while the loop is behind, none begins to.
 * 2. Large batches. One costs as much as dozens of single IDs, and its bytes stay until the reader has taken them, as
 *    do those of small ones behind another answer of their connection. So many bytes may be under way, a reader that is
 *    too slow is cut off (`slow-readers.ts`), and the work goes in turns (`batch-turns.ts`); while the loop is behind,
 *    none begins.
 * 3. What tells of tags, workers, status and IDs, while the loop is behind. Health and metrics are never shed: they are
 *    few, and whoever acts on the overload needs them.
 *
 * Retry-After is spread over a few seconds, that those who were refused together do not come back together.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FrondError } from '../../errors.ts';
import type { HttpCounters, ShedWork } from '../../metrics/http-counters.ts';
import type { System } from '../../system/system.ts';
import { untilDeparture } from '../departure.ts';
import { refusal } from '../refusal.ts';
import { BatchTurns } from './batch-turns.ts';
import { LoopDelay } from './loop-delay.ts';
import { type ReaderLimits, SlowReaders } from './slow-readers.ts';

/** By the names of the settings. */
export interface LoadLimits extends ReaderLimits {
  readonly maxWaitingRequests: number;
  readonly batchBufferMaxBytes: number;
  /** The loop counts as behind from this standing delay on; 0: never. */
  readonly overloadDelayMs: number;
}

/** Batches up to this size are answered like single IDs, of which the largest costs about three. */
export const SMALL_BATCH_IDS = 1000;
const RETRY_MIN_MS = 1000;
const RETRY_SPREAD_MS = 2000;

export class LoadShedder {
  readonly #limits: LoadLimits;
  readonly #counters: HttpCounters;
  readonly #system: System;
  readonly #delay: LoopDelay;
  readonly #readers: SlowReaders;
  readonly turns: BatchTurns;

  constructor(limits: LoadLimits, counters: HttpCounters, system: System) {
    this.#limits = limits;
    this.#counters = counters;
    this.#system = system;
    this.#delay = new LoopDelay(system);
    this.#readers = new SlowReaders(limits, counters, system.timers);
    this.turns = new BatchTurns(system.timers);
    counters.loopDelayMs = () => this.#delay.standingMs;
  }

  start(): void {
    if (this.#limits.overloadDelayMs > 0) this.#delay.start();
  }

  stop(): void {
    this.#delay.stop();
  }

  /** True while the event loop is behind. */
  get behind(): boolean {
    const { overloadDelayMs } = this.#limits;
    return overloadDelayMs > 0 && this.#delay.standingMs >= overloadDelayMs;
  }

  /** True while so many requests wait that no other may. */
  get full(): boolean {
    return this.#counters.waitingRequests >= this.#limits.maxWaitingRequests;
  }

  /** For work that others are done before. @throws FrondError OVERLOADED */
  requireCalm(work: ShedWork): void {
    if (this.behind) throw this.#shed(work, `the event loop is ${Math.round(this.#delay.standingMs)} ms behind`);
  }

  /** Counts a wait until its promise is settled. @throws FrondError OVERLOADED */
  async waiting<T>(wait: () => Promise<T>): Promise<T> {
    if (this.full) {
      const { maxWaitingRequests } = this.#limits;
      throw this.#shed('wait', `${maxWaitingRequests} requests wait already (FROND_MAX_WAITING_REQUESTS)`);
    }
    this.#counters.waitingRequests += 1;
    try {
      return await wait();
    } finally {
      this.#counters.waitingRequests -= 1;
    }
  }

  /**
   * Counts the bytes of a batch until its answer is out or its reader gone; older releases of Node do not tell the
   * latter to an answer whose turn on its connection has not come yet.
   * @param bytes held in memory at one time, at the most
   * @throws FrondError OVERLOADED
   */
  beginBatch(req: IncomingMessage, res: ServerResponse, bytes: number): void {
    this.requireCalm('batch');
    const { batchBufferMaxBytes } = this.#limits;
    if (this.#counters.batchBytes + bytes > batchBufferMaxBytes) {
      throw this.#shed(
        'batch',
        `${this.#counters.batchBytes} bytes of batches are under way (FROND_BATCH_BUFFER_MAX_BYTES)`,
      );
    }
    this.#counters.batchBytes += bytes;
    this.#readers.begin(req.socket);
    const { signal } = untilDeparture(req.socket);
    const end = () => {
      this.#counters.batchBytes -= bytes;
      this.#readers.end(req.socket);
      res.off('close', end);
      signal.removeEventListener('abort', end);
    };
    res.on('close', end);
    signal.addEventListener('abort', end);
  }

  #shed(work: ShedWork, reason: string): FrondError {
    this.#counters.shed[work] += 1;
    const retryAfterMs = RETRY_MIN_MS + this.#system.random.fraction() * RETRY_SPREAD_MS;
    return refusal('OVERLOADED', { work, reason }, { retryAfterMs });
  }
}
