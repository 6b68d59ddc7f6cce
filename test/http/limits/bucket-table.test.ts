import { describe, expect, it } from 'vitest';
import { BucketTable } from '../../../src/http/limits/bucket-table.ts';

const RATE = { perSecond: 1, burst: 60 };

describe('a table of buckets', () => {
  it('keeps the bucket of a busy key through a flood of others, in bounded memory', () => {
    const table = new BucketTable(RATE, 100);
    const busy = table.bucket('busy', 0);
    for (let i = 0; i < 10_000; i++) {
      table.bucket(`flood-${i}`, i);
      if (i % 90 === 0) expect(table.bucket('busy', i)).toBe(busy);
      expect(table.size).toBeLessThanOrEqual(200);
    }
  });

  it('forgets a key only when its bucket is full again, if there is no flood', () => {
    const table = new BucketTable(RATE, 100);
    const bucket = table.bucket('slow', 0);
    bucket.take(60, RATE, 0);
    for (let nowMs = 0; nowMs < 60_000; nowMs += 1000) table.bucket('other', nowMs);
    expect(table.bucket('slow', 60_000)).toBe(bucket);
    table.bucket('third', 121_000);
    table.bucket('fourth', 182_000);
    expect(table.bucket('slow', 182_000)).not.toBe(bucket);
  });
});
