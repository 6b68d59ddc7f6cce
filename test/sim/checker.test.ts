import { expect, it } from 'vitest';
import { DEFAULT_LAYOUT } from '../../src/allocators/snowflake/id-layout.ts';
import type { Slot } from '../../src/stores/slot-store.ts';
import { Checker } from './checker.ts';
import { T0_MS } from './machine.ts';

/** A process called A that has drawn a token, in a world whose one worker ID is 0. */
function checkerOfOne() {
  const checker = new Checker({
    layout: { ...DEFAULT_LAYOUT, workerBits: 0, sequenceBits: 7 },
    ...{ provesDeath: false, offline: false, rollbackLimitMs: 5000, lookaheadMs: 3000 },
  });
  const a = checker.ledgerOf('A');
  a.tokens.push('a');
  a.maxWallMs = T0_MS;
  return { checker, a };
}

function slotOf(workerId: number, renewal = 0, boundMs = T0_MS + 2000): Slot {
  const owner = { host: 'a', port: null, pid: 1 };
  const data = { token: 'a', incarnation: 1, renewal, hwmMs: T0_MS, boundMs, state: 'held', owner } as const;
  return { workerId, version: renewal, data };
}

/** The first ID of worker 0 at a time. */
const idAt = (timeMs: number) => BigInt(timeMs - DEFAULT_LAYOUT.epochMs) << 7n;

it('lets a process find what it created beyond the pool', () => {
  const { checker, a } = checkerOfOne();
  checker.applied({ by: 'A', isClaim: true, before: undefined, after: slotOf(1) }, 0);
  checker.shown(a, slotOf(1));
  expect(checker.violation).toBeUndefined();
  expect(a.claims.size).toBe(0);
});

it('knows what was stored beyond the pool as well as within', () => {
  const { checker, a } = checkerOfOne();
  checker.applied({ by: 'A', isClaim: true, before: undefined, after: slotOf(1) }, 0);
  checker.shown(a, slotOf(1, 0, T0_MS + 2001));
  expect(checker.violation?.rule).toBe('truth');
});

it('sees a process that goes on from a creation beyond the pool', () => {
  const { checker } = checkerOfOne();
  checker.applied({ by: 'A', isClaim: true, before: undefined, after: slotOf(1) }, 0);
  checker.applied({ by: 'A', isClaim: false, before: slotOf(1), after: slotOf(1, 1) }, 0);
  expect(checker.violation?.rule).toBe('range');
});

it('takes no creation beyond the pool for a right to give IDs', () => {
  const { checker, a } = checkerOfOne();
  checker.applied({ by: 'A', isClaim: true, before: undefined, after: slotOf(1) }, 0);
  checker.shown(a, slotOf(1));
  checker.given(a, idAt(T0_MS + 1), T0_MS);
  expect(checker.violation?.rule).toBe('window');
});

it('lets a process give IDs of what it created within the pool', () => {
  const { checker, a } = checkerOfOne();
  checker.applied({ by: 'A', isClaim: true, before: undefined, after: slotOf(0) }, 0);
  checker.shown(a, slotOf(0));
  checker.given(a, idAt(T0_MS + 1), T0_MS);
  expect(checker.violation).toBeUndefined();
});
