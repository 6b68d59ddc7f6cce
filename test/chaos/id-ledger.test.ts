import { describe, expect, it } from 'vitest';
import { duplicatesIn, IdLedger } from '../support/id-ledger.ts';

function ledgerOf(ids: readonly bigint[]): IdLedger {
  const ledger = new IdLedger();
  for (const id of ids) ledger.add(id);
  return ledger;
}

describe('the comparison of what clients got', () => {
  it('finds an ID that two clients got, and one that a client got twice', () => {
    const many = Array.from({ length: 40_000 }, (_, i) => 2n ** 60n + BigInt(i));
    const ledgers = [ledgerOf(many), ledgerOf([1n, 2n ** 60n + 39_999n]), ledgerOf([7n, 7n])];
    expect(duplicatesIn(ledgers)).toEqual([7n, 2n ** 60n + 39_999n]);
  });

  it('finds none where there is none', () => {
    expect(duplicatesIn([ledgerOf([3n, 1n]), ledgerOf([2n]), ledgerOf([])])).toEqual([]);
  });
});
