import { describe, expect, it } from 'vitest';
import { isClosed, limitMsOf, limitReason, raiseLimit } from '../../../src/allocators/snowflake/issue-limit.ts';

const LIMIT = { floorMs: 100, coveredMs: 100, boundMs: 100 };

describe('issue limit', () => {
  it('is the lower of the covered mark and the acknowledged bound (I2)', () => {
    expect(limitMsOf({ floorMs: 0, coveredMs: 5, boundMs: 9 })).toBe(5);
    expect(limitMsOf({ floorMs: 0, coveredMs: 9, boundMs: 5 })).toBe(5);
  });

  it('is closed until both are above the floor', () => {
    expect(isClosed(LIMIT)).toBe(true);
    expect(isClosed({ ...LIMIT, coveredMs: 101 })).toBe(true);
    expect(isClosed({ ...LIMIT, boundMs: 101 })).toBe(true);
    expect(isClosed({ ...LIMIT, coveredMs: 101, boundMs: 101 })).toBe(false);
  });

  it('only rises (I6)', () => {
    const raised = raiseLimit(LIMIT, 200, 300);
    expect(raised).toEqual({ floorMs: 100, coveredMs: 200, boundMs: 300 });
    expect(raiseLimit(raised, 150, 400)).toEqual({ floorMs: 100, coveredMs: 200, boundMs: 400 });
  });

  it('says what is to be waited for: only a renewal that is due passes by itself', () => {
    expect(limitReason({ jumpedMs: undefined, renewalFailure: undefined, recordFailure: undefined }).passing).toBe(
      true,
    );
    const unwritten = limitReason({ jumpedMs: undefined, renewalFailure: undefined, recordFailure: 'ENOSPC' });
    expect([unwritten.passing, unwritten.text]).toEqual([false, expect.stringContaining('ENOSPC')]);
    const failing = limitReason({ jumpedMs: undefined, renewalFailure: 'EIO', recordFailure: 'ENOSPC' });
    expect([failing.passing, failing.text]).toEqual([false, expect.stringContaining('EIO')]);
    const jumped = limitReason({ jumpedMs: 7214, renewalFailure: 'EIO', recordFailure: undefined });
    expect([jumped.passing, jumped.text]).toEqual([false, expect.stringContaining('7214 ms')]);
  });
});
