import { describe, expect, it } from 'vitest';
import { FrondError } from '../../../src/errors.ts';
import { ScriptedRangeStore } from '../../support/scripted-range-store.ts';
import { type Held, SegmentChecker, type SegmentCheckerSettings, type SegmentRule } from './checker.ts';
import { ObservedRangeStore } from './observed-range-store.ts';
import { SegmentTally } from './tally.ts';

const SETTINGS: SegmentCheckerSettings = {
  ceiling: 'none',
  isStrict: true,
  goesBack: false,
  forgot: () => false,
  excused: () => {},
};

/** A process called A that owns the given IDs of tag `order`. */
function processWith(start: bigint, end: bigint, settings: Partial<SegmentCheckerSettings> = {}) {
  const checker = new SegmentChecker({ ...SETTINGS, ...settings });
  const take = (name: string, from: bigint, to: bigint): Held => {
    const ledger = checker.ledgerOf(name);
    checker.made(ledger, 'order', { start: from, end: to });
    const held = checker.took(ledger, 'order', { start: from, end: to }, false);
    ledger.tag('order').owned.push(held);
    return held;
  };
  take('A', start, end);
  return { checker, a: checker.ledgerOf('A'), take };
}

/** Histories that break exactly the rule that they stand under. */
const BROKEN: Readonly<Record<string, readonly [SegmentRule, () => SegmentChecker]>> = {
  'an ID twice by one process': [
    'duplicate',
    () => {
      const { checker, a } = processWith(1n, 11n);
      checker.given(a, 'order', 3n);
      a.tag('order').last = 0n;
      checker.given(a, 'order', 3n);
      return checker;
    },
  ],
  'an ID twice by two processes, which a database forgot, under a ceiling over both': [
    'duplicate',
    () => {
      const { checker, a, take } = processWith(1n, 11n, { isStrict: false, ceiling: 'preferred', forgot: () => true });
      take('B', 1n, 11n);
      checker.given(a, 'order', 3n);
      checker.given(checker.ledgerOf('B'), 'order', 3n);
      return checker;
    },
  ],
  'an alarm although no database goes back': [
    'false alarm',
    () => {
      const { checker } = processWith(1n, 11n);
      checker.alarmed('A', 'the database went back');
      return checker;
    },
  ],
  'an ID below an earlier one': [
    'order',
    () => {
      const { checker, a } = processWith(1n, 11n);
      checker.given(a, 'order', 3n);
      checker.given(a, 'order', 2n);
      return checker;
    },
  ],
  'an ID of a wait below one that was given before': [
    'order',
    () => {
      const { checker, a } = processWith(1n, 11n);
      checker.given(a, 'order', 3n);
      checker.arrived(a, 'order', [4n, 2n], 1);
      return checker;
    },
  ],
  'an ID below what the tag was raised to': [
    'below a raise',
    () => {
      const { checker, a } = processWith(1n, 11n);
      a.tag('order').raisedTo = 5n;
      checker.given(a, 'order', 4n);
      return checker;
    },
  ],
  'an ID of no range': [
    'not its own',
    () => {
      const { checker, a } = processWith(1n, 11n);
      checker.given(a, 'order', 11n);
      return checker;
    },
  ],
  'an ID of the other residue class': [
    'not its own',
    () => {
      const checker = new SegmentChecker(SETTINGS);
      const a = checker.ledgerOf('A');
      checker.made(a, 'order', { start: 2n, end: 12n, stride: 2n });
      a.tag('order').owned.push(checker.took(a, 'order', { start: 2n, end: 12n, stride: 2n }, false));
      checker.given(a, 'order', 3n);
      return checker;
    },
  ],
  'a range that ends above the last number': ['bounds', () => processWith(2n ** 63n - 5n, 2n ** 63n + 5n).checker],
  'a range that begins below 1': ['bounds', () => processWith(0n, 10n).checker],
  'two ranges of the same IDs': [
    'overlap',
    () => {
      const { checker, take } = processWith(1n, 11n);
      take('B', 10n, 20n);
      return checker;
    },
  ],
  'a range that no database made for it': [
    'made up',
    () => {
      const { checker, a } = processWith(1n, 11n);
      checker.took(a, 'order', { start: 11n, end: 21n }, false);
      return checker;
    },
  ],
  'giving back what was given': [
    'given back',
    () => {
      const { checker, a } = processWith(1n, 11n);
      checker.given(a, 'order', 10n);
      checker.givesBack(a, 'order', { start: 10n, end: 11n });
      return checker;
    },
  ],
  'giving back what another has': [
    'given back',
    () => {
      const { checker, a, take } = processWith(1n, 11n);
      take('B', 11n, 21n);
      checker.givesBack(a, 'order', { start: 10n, end: 21n });
      return checker;
    },
  ],
};

describe('the checker of segments', () => {
  it('has nothing against what may happen', () => {
    const { checker, a, take } = processWith(1n, 11n);
    take('B', 11n, 21n);
    checker.given(a, 'order', 1n);
    checker.arrived(a, 'order', [2n, 3n], 1);
    checker.given(checker.ledgerOf('B'), 'order', 12n);
    checker.givesBack(a, 'order', { start: 4n, end: 11n });
    expect(checker.violation).toBeUndefined();
    expect(checker.ids).toBe(4);
  });

  it.each(Object.entries(BROKEN))('sees %s', (_what, [rule, history]) => {
    expect(history().violation?.rule).toBe(rule);
  });
});

describe('the observed store', () => {
  async function observed() {
    const inner = new ScriptedRangeStore();
    for (const tag of ['a', 'b', 'c', 'd']) await inner.seed(tag, 10);
    const checker = new SegmentChecker({ ...SETTINGS, only: ['one fetch', 'circuit', 'crash'] });
    const store = new ObservedRangeStore(inner, checker.ledgerOf('A'), checker, new SegmentTally());
    const fail = (tag: string) => store.take(tag, 10).catch(() => {});
    return { inner, checker, store, fail };
  }

  it('sees two fetches of a tag at a time', async () => {
    const { checker, store } = await observed();
    await Promise.all([store.take('a', 10), store.take('b', 10)]);
    expect(checker.violation).toBeUndefined();
    await Promise.all([store.take('a', 10), store.take('a', 10)]);
    expect(checker.violation?.rule).toBe('one fetch');
  });

  it('sees a second call to a store that is away', async () => {
    const { inner, checker, fail } = await observed();
    inner.goDown();
    for (const tag of ['a', 'b', 'c', 'd']) await fail(tag);
    expect(checker.violation).toBeUndefined();
    await Promise.all([fail('a'), fail('b')]);
    expect(checker.violation?.rule).toBe('circuit');
  });

  it('sees an impossible answer', async () => {
    const { inner, checker, fail } = await observed();
    inner.error = new FrondError('INTERNAL', { reason: 'impossible' });
    await fail('a');
    expect(checker.violation?.rule).toBe('crash');
  });
});
