import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decimalPattern } from '../../src/http/openapi/decimal-pattern.ts';

it.each([10n, 99n, 105n, 2n ** 31n, 2n ** 63n - 1n])(
  'the pattern of numbers up to %i takes them and no others',
  max => {
    const pattern = new RegExp(decimalPattern(max));
    const near = fc.bigInt({ min: max - 20n, max: max + 20n }).map(value => (value < 0n ? 0n : value));
    fc.assert(
      fc.property(fc.oneof(near, fc.bigInt({ min: 0n, max: max * 11n })), value => {
        expect(pattern.test(String(value))).toBe(value <= max);
      }),
      { examples: [[0n], [max], [max + 1n]] },
    );
    expect(['', '-1', '1.0', ' 1', '1e1'].some(text => pattern.test(text))).toBe(false);
  },
);
