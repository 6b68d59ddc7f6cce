import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IdRange } from '../../src/allocators/allocator.ts';
import { idsOf } from '../../src/allocators/id-ranges.ts';
import { CHUNK_MIN_BYTES, idLines, linesMaxBytes, uuidLines, uuidLinesBytes } from '../../src/http/id-lines.ts';

const FRAME = { opening: '{"ids":["', separator: '","', closing: '"]}' };
const ID_MAX = 2n ** 63n - 1n;

const edge = fc.constantFrom(0n, 1n, 9n, 99n, 999n, 1000n, 9999n, 999_999n, 1_000_000n, 2n ** 53n, ID_MAX - 3000n);
const range: fc.Arbitrary<IdRange> = fc
  .record({
    start: fc.oneof(edge, fc.bigInt({ min: 0n, max: ID_MAX - 3000n })),
    count: fc.integer({ min: 1, max: 1200 }),
    step: fc.constantFrom(1n, 2n, 7n, 999n, 1000n, 4_194_304n),
  })
  .map(({ start, count, step }) => {
    const most = (ID_MAX - start) / step + 1n;
    const steps = BigInt(count) < most ? BigInt(count) : most;
    return { start, end: start + (steps - 1n) * step, step };
  });

function chunksOf(bytes: number) {
  return () => Buffer.alloc(bytes);
}

function plain(ranges: readonly IdRange[]): string {
  return FRAME.opening + [...idsOf(ranges)].join(FRAME.separator) + FRAME.closing;
}

describe('idLines', () => {
  it('writes what a plain join would write, whatever the size of the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(range, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: CHUNK_MIN_BYTES, max: 9000 }),
        (ranges, chunkBytes) => {
          const chunks = [...idLines(ranges, FRAME, chunksOf(chunkBytes))];
          expect(Buffer.concat(chunks).toString('latin1')).toBe(plain(ranges));
          expect(Math.max(...chunks.map(chunk => chunk.length))).toBeLessThanOrEqual(chunkBytes);
        },
      ),
    );
  });

  it('needs one chunk when the chunk has the upper bound', () => {
    fc.assert(
      fc.property(range, each => {
        const count = [...idsOf([each])].length;
        const bytes = Math.max(CHUNK_MIN_BYTES, linesMaxBytes(count, FRAME));
        expect([...idLines([each], FRAME, chunksOf(bytes))]).toHaveLength(1);
      }),
    );
  });

  it('makes chunks as they are asked for', () => {
    const lines = idLines([{ start: 1n, end: ID_MAX, step: 1n }], FRAME, chunksOf(300));
    expect(lines.next().value?.toString()).toMatch(/^\{"ids":\["1","2","3"/);
    lines.return();
  });
});

describe('uuidLines', () => {
  it('joins UUIDs in chunks of whole texts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: CHUNK_MIN_BYTES, max: 2000 }), (count, bytes) => {
        const texts = Array.from({ length: count }, (_, i) => String(i).padStart(36, '0'));
        const whole = FRAME.opening + texts.join(FRAME.separator) + FRAME.closing;
        const lazy = { count, [Symbol.iterator]: () => texts[Symbol.iterator]() };
        const chunks = [...uuidLines(lazy, FRAME, chunksOf(bytes))];
        expect(Buffer.concat(chunks).toString()).toBe(whole);
        expect(chunks.every(chunk => chunk.length <= bytes)).toBe(true);
        expect([...uuidLines(lazy, FRAME, chunksOf(uuidLinesBytes(lazy, FRAME)))]).toHaveLength(1);
      }),
    );
  });
});
