import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeOfClass } from '../../../src/stores/ranges/residue.ts';
import { idsOfRange } from '../../support/primaries-rig.ts';

describe('rangeOfClass', () => {
  it('gives exactly the asked number of IDs of the class, all in the span that maxId goes up by', () => {
    const residue = fc
      .integer({ min: 1, max: 64 })
      .chain(delta => fc.record({ delta: fc.constant(delta), remainder: fc.integer({ min: 0, max: delta - 1 }) }));
    const at = fc.bigInt({ min: 1n, max: 2n ** 62n });
    fc.assert(
      fc.property(residue, at, at, fc.integer({ min: 1, max: 200 }), (own, maxId, atLeast, stepIds) => {
        const range = rangeOfClass(maxId, stepIds, own, atLeast);
        const from = maxId > atLeast ? maxId : atLeast;
        const ids = idsOfRange(range);
        expect(ids).toHaveLength(stepIds);
        expect(new Set(ids.map(id => id % BigInt(own.delta)))).toEqual(new Set([BigInt(own.remainder)]));
        expect(ids[0]! >= from && ids.at(-1)! < range.end).toBe(true);
        expect(range).toMatchObject({
          end: from + BigInt(stepIds * own.delta),
          stride: BigInt(own.delta),
          foundMaxId: maxId,
        });
      }),
    );
  });
});
