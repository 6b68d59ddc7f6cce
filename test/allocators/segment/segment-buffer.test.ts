import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idsOf } from '../../../src/allocators/id-ranges.ts';
import { SegmentBuffer } from '../../../src/allocators/segment/segment-buffer.ts';

const range = (start: bigint, ids: bigint) => ({ start, end: start + ids });

function next(buffer: SegmentBuffer): bigint | undefined {
  return buffer.next() ?? (buffer.advance() ? buffer.next() : undefined);
}

function nextNumber(buffer: SegmentBuffer): number | undefined {
  return buffer.nextNumber() ?? (buffer.advance() ? buffer.nextNumber() : undefined);
}

/** What a buffer must do, in the plainest way: a list of the IDs to come. */
class NaiveBuffer {
  ranges: { ids: bigint[]; size: number }[] = [];
  low = false;

  push(start: bigint, ids: number): void {
    if (this.ranges.length > 0 && this.ranges[0]!.ids.length === 0) this.ranges.shift();
    if (this.ranges.length === 0) this.low = false;
    this.ranges.push({ ids: Array.from({ length: ids }, (_, i) => start + BigInt(i)), size: ids });
  }

  next(): bigint | undefined {
    if (this.ranges[0]?.ids.length === 0 && this.ranges.length === 2) {
      this.ranges.shift();
      this.low = false;
    }
    const current = this.ranges[0];
    const used = current === undefined ? 0 : current.size - current.ids.length;
    if (current === undefined || used >= Math.floor(current.size / 10)) this.low = true;
    return current?.ids.shift();
  }

  dropBelow(floor: bigint): void {
    for (const each of this.ranges) {
      const before = each.ids.length;
      each.ids = each.ids.filter(id => id >= floor);
      const used = each.size - each.ids.length;
      if (each === this.ranges[0] && before > each.ids.length && used > Math.floor(each.size / 10)) this.low = true;
    }
    // A second range that is cut counts from its new start; one that is cut away is gone.
    const second = this.ranges[1];
    if (second !== undefined) {
      second.size = second.ids.length;
      if (second.size === 0) this.ranges.pop();
    }
  }

  get hasRoom(): boolean {
    return this.ranges.filter(each => each.ids.length > 0).length < 2 && !(this.ranges.length === 2);
  }

  get remaining(): number {
    return this.ranges.reduce((sum, each) => sum + each.ids.length, 0);
  }

  get needsRange(): boolean {
    return this.low && this.ranges.length < 2;
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
  }),
  fc.record({ do: fc.constant('drop' as const), ahead: fc.integer({ min: -5, max: 30 }) }),
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
            for (let i = 1; i < taken.length; i++) expect(taken[i]!.start).toBeGreaterThan(taken[i - 1]!.end + 1n);
          }
          if (op.do === 'push' && naive.hasRoom) {
            const start = end + BigInt(op.gap);
            buffer.push(range(start, BigInt(op.ids)));
            naive.push(start, op.ids);
            end = start + BigInt(op.ids);
          }
          if (op.do === 'drop') {
            const floor = (naive.ranges[0]?.ids[0] ?? end) + BigInt(op.ahead);
            buffer.dropBelow(floor);
            naive.dropBelow(floor);
          }
          expect(buffer.remainingIds).toBe(BigInt(naive.remaining));
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
    [1, 0],
    [2, 0],
    [9, 0],
    [10, 1],
    [1000, 100],
  ])('of %d IDs gives %d before it asks for the next range', (ids, before) => {
    const buffer = new SegmentBuffer();
    buffer.push(range(1n, BigInt(ids)));
    for (let i = 0; i < before; i++) next(buffer);
    expect(buffer.needsRange).toBe(false);
    next(buffer);
    expect(buffer.needsRange).toBe(true);
    buffer.push(range(5000n, 10n));
    expect(buffer.needsRange).toBe(false);
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

  it('holds two ranges and no more', () => {
    const buffer = new SegmentBuffer();
    buffer.push(range(1n, 10n));
    buffer.push(range(11n, 10n));
    expect(() => buffer.push(range(21n, 10n))).toThrow('two ranges');
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

function toNumber(id: bigint | undefined): number | undefined {
  return id === undefined ? undefined : Number(id);
}
