/**
 * The pattern of decimal numbers from 0 to `max`, leading zeros and all, in as many digits as `max` has at the most.
 * JSON Schema has no bounds for numbers in text.
 * @param max 10 or more
 */
export function decimalPattern(max: bigint): string {
  const digits = String(max);
  const more = (count: number) => (count === 0 ? '' : count === 1 ? '[0-9]' : `[0-9]{${count}}`);
  const lower = [...digits].flatMap((digit, i) => {
    if (digit === '0') return [];
    const below = digit === '1' ? '0' : `[0-${Number(digit) - 1}]`;
    return [`${digits.slice(0, i)}${below}${more(digits.length - i - 1)}`];
  });
  return `^(?:[0-9]{1,${digits.length - 1}}|${lower.join('|')}|${digits})$`;
}
