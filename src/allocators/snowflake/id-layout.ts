import { FrondError, requireInteger } from '../../errors.ts';
import type { SlotLayout } from '../../stores/slot-store.ts';
import type { DecodedId } from './decoded-id.ts';

/**
 * Leaf's and Twitter's layout: 41 bits of milliseconds since 2010-11-04T01:42:54.657Z, 10 bits of worker, 12 of sequence.
 *
 *   63  62 ........................ 22  21 ....... 12  11 .......... 0
 *    0  milliseconds since the epoch     worker ID      sequence
 */
export const DEFAULT_LAYOUT: SlotLayout = { epochMs: 1288834974657, timeBits: 41, workerBits: 10, sequenceBits: 12 };

/** 52: the last timestamp of every layout stays a safe integer. 31: a sequence and a worker ID are 32-bit integers. */
const RANGES = {
  timeBits: { setting: 'FROND_TIME_BITS', min: 1, max: 52 },
  workerBits: { setting: 'FROND_WORKER_BITS', min: 0, max: 31 },
  sequenceBits: { setting: 'FROND_SEQUENCE_BITS', min: 1, max: 31 },
} as const;

const ID_BITS_MAX = 63;
/** Worker and sequence stay in the low half of the ID, so that minting needs no 64-bit arithmetic. */
const LOW_BITS_MAX = 32;
/** With 52 bits of time above it, every timestamp is a safe integer. */
const EPOCH_MAX_MS = 2 ** 52;

function wrong(setting: string, problem: string): FrondError {
  return new FrondError('INVALID_CONFIG', { setting, problem });
}

/** How the bits of an ID are shared out. Immutable; all methods are pure. */
export class IdLayout implements SlotLayout {
  readonly epochMs: number;
  readonly timeBits: number;
  readonly workerBits: number;
  readonly sequenceBits: number;
  readonly maxWorkerId: number;
  readonly maxSequence: number;
  /** The greatest timestamp that fits; Unix ms. */
  readonly lastTimeMs: number;
  readonly #maxId: bigint;

  /**
   * Whether the layout has begun and is not used up is not asked here: the clock may not be set yet.
   * @throws FrondError INVALID_CONFIG naming the setting, its value and its bounds
   */
  constructor(layout: SlotLayout) {
    checkBits(layout);
    checkEpoch(layout.epochMs);
    this.epochMs = layout.epochMs;
    this.timeBits = layout.timeBits;
    this.workerBits = layout.workerBits;
    this.sequenceBits = layout.sequenceBits;
    this.maxWorkerId = 2 ** layout.workerBits - 1;
    this.maxSequence = 2 ** layout.sequenceBits - 1;
    this.lastTimeMs = layout.epochMs + 2 ** layout.timeBits - 1;
    this.#maxId = 2n ** BigInt(layout.timeBits + layout.workerBits + layout.sequenceBits) - 1n;
  }

  /** The ID of a timestamp (Unix ms, epoch to lastTimeMs), worker and sequence, none of which is checked. */
  compose(timeMs: number, workerId: number, sequence: number): bigint {
    const low = BigInt(workerId) * 2n ** BigInt(this.sequenceBits) + BigInt(sequence);
    return (BigInt(timeMs - this.epochMs) << BigInt(this.workerBits + this.sequenceBits)) + low;
  }

  /** @throws FrondError INVALID_ARGUMENT when the layout has no such ID: below 2^63 where it has all 63 bits */
  decode(id: bigint): DecodedId {
    const max = this.#maxId;
    if (typeof id !== 'bigint' || id < 0n || id > max) {
      throw new FrondError('INVALID_ARGUMENT', { field: 'id', value: id, expected: `an integer from 0 to ${max}` });
    }
    const workerShift = BigInt(this.sequenceBits);
    const timeShift = BigInt(this.workerBits + this.sequenceBits);
    return {
      timeMs: Number(id >> timeShift) + this.epochMs,
      workerId: Number((id >> workerShift) & BigInt(this.maxWorkerId)),
      sequence: Number(id & BigInt(this.maxSequence)),
    };
  }

  /** Milliseconds until the layout is used up; 0 when it is. */
  remainingLifeMs(nowMs: number): number {
    return Math.max(0, this.lastTimeMs - nowMs);
  }

  /** The bare numbers, as slot stores and /status show them. */
  toJSON(): SlotLayout {
    const { epochMs, timeBits, workerBits, sequenceBits } = this;
    return { epochMs, timeBits, workerBits, sequenceBits };
  }
}

function checkBits(layout: SlotLayout): void {
  const fields = ['timeBits', 'workerBits', 'sequenceBits'] as const;
  for (const field of fields) {
    const { setting, min, max } = RANGES[field];
    try {
      requireInteger(field, layout[field], min, max);
    } catch (cause) {
      throw new FrondError(
        'INVALID_CONFIG',
        { setting, problem: `is ${layout[field]}; expected an integer from ${min} to ${max}` },
        { cause },
      );
    }
  }
  const { timeBits, workerBits, sequenceBits } = layout;
  if (workerBits + sequenceBits > LOW_BITS_MAX) {
    const sum = `${workerBits} + ${sequenceBits} = ${workerBits + sequenceBits}`;
    throw wrong(
      'FROND_WORKER_BITS',
      `FROND_WORKER_BITS + FROND_SEQUENCE_BITS is ${sum}; expected at most ${LOW_BITS_MAX}`,
    );
  }
  const total = timeBits + workerBits + sequenceBits;
  if (total > ID_BITS_MAX) {
    const sum = `${timeBits} + ${workerBits} + ${sequenceBits} = ${total}`;
    throw wrong(
      'FROND_TIME_BITS',
      `FROND_TIME_BITS + FROND_WORKER_BITS + FROND_SEQUENCE_BITS is ${sum}; expected at most ${ID_BITS_MAX}`,
    );
  }
}

function checkEpoch(epochMs: number): void {
  if (!Number.isSafeInteger(epochMs) || epochMs < 0 || epochMs > EPOCH_MAX_MS) {
    throw wrong('FROND_EPOCH_MS', `is ${epochMs}; expected an integer from 0 to ${EPOCH_MAX_MS}`);
  }
}
