import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOf, idsOf } from '../../../src/allocators/id-ranges.ts';
import { SegmentBuffer } from '../../../src/allocators/segment/segment-buffer.ts';
import { sizeOf } from '../../../src/allocators/segment/taken-range.ts';
import type { TakenRange } from '../../../src/stores/range-store.ts';

/** Its end is as far behind the last ID as a store may set it: `slack` is 0 to stride - 1. */
const range = (start: bigint, ids: bigint, stride = 1n, slack = 0n) => ({
  start,
  end: start + (ids - 1n) * stride + 1n + slack,
  stride,
});

function next(buffer: SegmentBuffer): bigint | undefined {
  return buffer.next() ?? (buffer.advance() ? buffer.next() : undefined);
}

function nextNumber(buffer: SegmentBuffer): number | undefined {
  return buffer.nextNumber() ?? (buffer.advance() ? buffer.nextNumber() : undefined);
}

/** What a buffer must do, in the plainest way: a list of the IDs to come. */
class NaiveBuffer {
  ranges: { ids: bigint[] }[] = [];
  low = false;
  markIds = 0;

  push(start: bigint, ids: number, stride: bigint): void {
    if (this.ranges.length === 1 && this.ranges[0]!.ids.length === 0) this.ranges.shift();
    if (this.ranges.length === 0) this.#open();
    this.ranges.push({ ids: Array.from({ length: ids }, (_, i) => start + BigInt(i) * stride) });
  }

  next(): bigint | undefined {
    if (this.ranges[0]?.ids.length === 0 && this.ranges.length > 1) {
      this.ranges.shift();
      this.#open();
    }
    const current = this.ranges[0];
    if (current === undefined || current.ids.length <= this.markIds) this.low = true;
    return current?.ids.shift();
  }

  setLowMark(leftIds: number): void {
    this.low = false;
    const followingIds = this.remaining - this.ranges[0]!.ids.length;
    this.markIds = Math.max(0, leftIds - followingIds);
  }

  #open(): void {
    this.low = true;
    this.markIds = Number.POSITIVE_INFINITY;
  }

  dropBelow(floor: bigint): void {
    for (const each of this.ranges) {
      const before = each.ids.length;
      each.ids = each.ids.filter(id => id >= floor);
      const isLow = each !== this.ranges[0] || each.ids.length < this.markIds;
      if (before > each.ids.length && isLow) this.low = true;
    }
    this.ranges = this.ranges.filter((each, i) => i === 0 || each.ids.length > 0);
  }

  get hasRoom(): boolean {
    return this.ranges.length < 3;
  }

  get remaining(): number {
    return this.ranges.reduce((sum, each) => sum + each.ids.length, 0);
  }

  get needsRange(): boolean {
    return this.low && this.hasRoom;
  }
}

const operation = fc.oneof(
  fc.record({ do: fc.constant('next' as const) }),
  fc.record({ do: fc.constant('number' as const) }),
  fc.record({ do: fc.constant('many' as const), count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({
    do: fc.constant('push' as const),
    gap: fc.integer({ min: 0, max: 3 }),
    ids: fc.integer({ min: 1, max: 40 }),
    stride: fc.constantFrom(1n, 1n, 2n, 3n, 64n),
    slack: fc.bigInt({ min: 0n, max: 63n }),
  }),
  fc.record({ do: fc.constant('drop' as const), ahead: fc.integer({ min: -5, max: 30 }) }),
  fc.record({ do: fc.constant('mark' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
);

describe('SegmentBuffer', () => {
  it('gives what a naive list of IDs gives, and asks for a range at the same moment, whatever is done to it', () => {
    const bases = fc.constantFrom(1n, 2n ** 31n - 20n, 2n ** 52n, 2n ** 62n);
    fc.assert(
      fc.property(bases, fc.array(operation, { minLength: 1, maxLength: 80 }), (base, operations) => {
        const buffer = new SegmentBuffer();
        const naive = new NaiveBuffer();
        let end = base;
        for (const op of operations) {
          if (op.do === 'next') expect(next(buffer)).toBe(naive.next());
          if (op.do === 'number' && end < 2n ** 53n) expect(nextNumber(buffer)).toBe(toNumber(naive.next()));
          if (op.do === 'many') {
            const expected: bigint[] = [];
            while (expected.length < op.count && naive.remaining > 0) expected.push(naive.next()!);
            if (expected.length < op.count) naive.next();
            const taken = buffer.takeMany(op.count);
            expect([...idsOf(taken)]).toEqual(expected);
            expect(countOf(taken)).toBe(BigInt(expected.length));
            for (const [i, { start, step }] of taken.entries()) {
              const last = taken[i - 1];
              if (last !== undefined) expect([last.end + step, last.step]).not.toEqual([start, step]);
            }
          }
          if (op.do === 'push' && naive.hasRoom) {
            const start = end + BigInt(op.gap);
            const pushed = range(start, BigInt(op.ids), op.stride, op.slack % op.stride);
            buffer.push(pushed);
            naive.push(start, op.ids, op.stride);
            end = pushed.end;
          }
          if (op.do === 'drop') {
            const floor = (naive.ranges[0]?.ids[0] ?? end) + BigInt(op.ahead);
            buffer.dropBelow(floor);
            naive.dropBelow(floor);
          }
          if (op.do === 'mark' && naive.needsRange && naive.ranges.length > 0) {
            const leftIds = Math.floor(naive.remaining * op.share);
            buffer.setLowMark(BigInt(leftIds));
            naive.setLowMark(leftIds);
          }
          expect(buffer.remainingIds).toBe(BigInt(naive.remaining));
          const left = naive.ranges.flatMap(each => each.ids);
          expect(buffer.unused.flatMap(idsOfTaken)).toEqual(left);
          expect(buffer.needsRange).toBe(naive.needsRange);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is empty at first, and asks for a range as soon as an ID is wanted', () => {
    const buffer = new SegmentBuffer();
    expect(buffer.needsRange).toBe(false);
    expect(next(buffer)).toBeUndefined();
    expect(buffer.takeMany(5)).toEqual([]);
    expect(buffer.needsRange).toBe(true);
  });

  it.each([
    [1, 1, 0],
    [1, 0, 1],
    [10, 8, 2],
    [10, 10, 0],
    [1000, 750, 250],
  ])('of %d IDs with the low mark at %d gives %d before it is low again', (ids, markIds, before) => {
    const buffer = new SegmentBuffer();
    buffer.push(range(1n, BigInt(ids)));
    expect(buffer.needsRange).toBe(true);
    buffer.setLowMark(BigInt(markIds));
    for (let i = 0; i < before; i++) expect(buffer.next()).toBe(BigInt(i + 1));
    expect(buffer.needsRange).toBe(false);
    expect(buffer.next()).toBeUndefined();
    expect(buffer.advance()).toBe(before < ids);
    expect(buffer.needsRange).toBe(true);
  });

  it('is not low below a mark that lies in a later range, and low again when that is opened', () => {
    const buffer = new SegmentBuffer();
    buffer.push(range(1n, 2n));
    buffer.push(range(5000n, 10n));
    expect(buffer.needsRange).toBe(true);
    buffer.setLowMark(10n);
    expect([next(buffer), next(buffer)]).toEqual([1n, 2n]);
    expect(buffer.needsRange).toBe(false);
    expect(next(buffer)).toBe(5000n);
    expect(buffer.needsRange).toBe(true);
  });

  it('counts the IDs of all ranges for its low mark', () => {
    const buffer = new SegmentBuffer();
    buffer.push(range(1n, 10n));
    buffer.push(range(5000n, 10n));
    expect(buffer.latestFollowing).toEqual(range(5000n, 10n));
    buffer.setLowMark(17n);
    expect([next(buffer), next(buffer), next(buffer)]).toEqual([1n, 2n, 3n]);
    expect(buffer.needsRange).toBe(false);
    expect(next(buffer)).toBe(4n);
    expect(buffer.needsRange).toBe(true);
  });

  it('goes on with the second range at once, and merges the two where they are adjacent', () => {
    const buffer = new SegmentBuffer();
    buffer.push(range(1n, 10n));
    buffer.push(range(11n, 10n));
    expect(buffer.takeMany(15)).toEqual([{ start: 1n, end: 15n, step: 1n }]);
    buffer.push(range(40n, 10n));
    expect(buffer.takeMany(8)).toEqual([
      { start: 16n, end: 20n, step: 1n },
      { start: 40n, end: 42n, step: 1n },
    ]);
  });

  it('holds three ranges and no more, and asks for none while it does', () => {
    const buffer = new SegmentBuffer();
    buffer.push(range(1n, 10n));
    buffer.push(range(11n, 10n));
    expect(buffer.needsRange).toBe(true);
    buffer.push(range(21n, 10n));
    expect(buffer.needsRange).toBe(false);
    expect(() => buffer.push(range(31n, 10n))).toThrow('3 ranges');
    expect(buffer.takeMany(40)).toEqual([{ start: 1n, end: 30n, step: 1n }]);
  });

  it('gives a range that is wider than a window without a seam', () => {
    const buffer = new SegmentBuffer();
    const windowIds = 2n ** 30n;
    buffer.push(range(7n, 3n * windowIds));
    expect(buffer.takeMany(2 ** 30 - 1)).toEqual([{ start: 7n, end: windowIds + 5n, step: 1n }]);
    expect([next(buffer), next(buffer), nextNumber(buffer)]).toEqual([
      windowIds + 6n,
      windowIds + 7n,
      Number(windowIds) + 8,
    ]);
    expect(buffer.takeMany(2 ** 30)).toEqual([{ start: windowIds + 9n, end: 2n * windowIds + 8n, step: 1n }]);
    expect(next(buffer)).toBe(2n * windowIds + 9n);
    expect(buffer.remainingIds).toBe(windowIds - 3n);
  });

  it.each([2n, 3n, 64n])('gives every %sth ID of a range that is wider than a window without a seam', stride => {
    const buffer = new SegmentBuffer();
    buffer.push(range(7n, 2n ** 31n, stride));
    const windowIds = 2n ** 30n / stride;
    const id = (n: bigint) => 7n + n * stride;
    expect(buffer.takeMany(Number(windowIds) - 1)).toEqual([{ start: 7n, end: id(windowIds - 2n), step: stride }]);
    buffer.takeMany(Number(windowIds) - 1);
    const seam = 2n * windowIds - 2n;
    const given = [next(buffer), next(buffer), nextNumber(buffer), next(buffer)];
    expect(given).toEqual([id(seam), id(seam + 1n), Number(id(seam + 2n)), id(seam + 3n)]);
    expect(buffer.remainingIds).toBe(2n ** 31n - seam - 4n);
  });

  it.each([0n, 1n, 2n])('gives numbers below 2^53 and bigints beyond, with a stride of 3 from 2^53 - 6 + %s', shift => {
    const buffer = new SegmentBuffer();
    const start = 2n ** 53n - 6n + shift;
    buffer.push(range(start, 4n, 3n));
    expect([nextNumber(buffer), nextNumber(buffer)]).toEqual([Number(start), Number(start + 3n)]);
    expect(nextNumber(buffer)).toBeUndefined();
    expect(buffer.beyondNumbers).toBe(true);
    expect([next(buffer), next(buffer), next(buffer)]).toEqual([start + 6n, start + 9n, undefined]);
  });

  it('tells what is unused of each range', () => {
    const buffer = new SegmentBuffer();
    const second = { start: 22n, end: 42n, stride: 2n, foundMaxId: 22n };
    expect(buffer.unused).toEqual([]);
    buffer.push({ start: 2n, end: 22n, stride: 2n, foundMaxId: 1n });
    next(buffer);
    buffer.push(second);
    expect(buffer.unused).toEqual([{ start: 4n, end: 22n, stride: 2n, foundMaxId: 1n }, second]);
    buffer.takeMany(10);
    expect(buffer.unused).toEqual([{ ...second, start: 24n }]);
    buffer.takeMany(9);
    expect(buffer.unused).toEqual([]);
  });

  it('crosses the end of a window one ID at a time', () => {
    const buffer = new SegmentBuffer();
    buffer.push(range(0n, 2n ** 31n));
    buffer.takeMany(2 ** 30 - 2);
    // The window that takeMany opened is as wide as any; its end is reached here.
    buffer.takeMany(2 ** 30 - 1);
    expect([next(buffer), next(buffer), next(buffer), next(buffer)]).toEqual([
      2n ** 31n - 3n,
      2n ** 31n - 2n,
      2n ** 31n - 1n,
      undefined,
    ]);
  });

  it('gives the whole of 2^63 - 1 IDs as ranges', () => {
    const buffer = new SegmentBuffer();
    buffer.push({ start: 0n, end: 2n ** 63n - 1n });
    expect(next(buffer)).toBe(0n);
    expect(buffer.remainingIds).toBe(2n ** 63n - 2n);
    buffer.dropBelow(2n ** 63n - 3n);
    expect([next(buffer), next(buffer), next(buffer)]).toEqual([2n ** 63n - 3n, 2n ** 63n - 2n, undefined]);
  });

  it('gives numbers up to 2^53 - 1 and bigints beyond', () => {
    const buffer = new SegmentBuffer();
    buffer.push(range(2n ** 53n - 3n, 6n));
    expect(nextNumber(buffer)).toBe(Number.MAX_SAFE_INTEGER - 2);
    expect(next(buffer)).toBe(2n ** 53n - 2n);
    expect(nextNumber(buffer)).toBe(Number.MAX_SAFE_INTEGER);
    expect(buffer.beyondNumbers).toBe(false);
    expect(nextNumber(buffer)).toBeUndefined();
    expect(buffer.beyondNumbers).toBe(true);
    expect([next(buffer), next(buffer), next(buffer), next(buffer)]).toEqual([
      2n ** 53n,
      2n ** 53n + 1n,
      2n ** 53n + 2n,
      undefined,
    ]);
  });

  it('gives nothing after it was cleared', () => {
    const buffer = new SegmentBuffer();
    buffer.push(range(1n, 10n));
    buffer.push(range(11n, 10n));
    buffer.clear();
    expect(buffer.remainingIds).toBe(0n);
    expect(next(buffer)).toBeUndefined();
    expect(buffer.takeMany(1)).toEqual([]);
  });
});

function idsOfTaken(taken: TakenRange): bigint[] {
  return Array.from({ length: Number(sizeOf(taken)) }, (_, i) => taken.start + BigInt(i) * (taken.stride ?? 1n));
}

function toNumber(id: bigint | undefined): number | undefined {
  return id === undefined ? undefined : Number(id);
}
