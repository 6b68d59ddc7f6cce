/** Figures as people read them. No DOM, no clock. */

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** Units of time, each with how many of the one before it make one. */
const STEPS = /** @type {const} */ ([
  ['ms', 1000],
  ['s', 60],
  ['min', 60],
  ['h', 24],
  ['d', 365.2425],
  ['years', Number.POSITIVE_INFINITY],
]);

/** `1,234,567`, of a number or its decimal text. @param {number | string} value */
export function whole(value) {
  return WHOLE.format(typeof value === 'string' ? BigInt(value) : value);
}

/** `1.2M` from ten thousand on. @param {number} value */
export function short(value) {
  return Math.abs(value) < 10_000 ? WHOLE.format(value) : SHORT.format(value);
}

/** A rate: a decimal below 100, as one ID in ten seconds is not none. @param {number} perSecond */
export function rate(perSecond) {
  if (perSecond > 0 && perSecond < 0.05) return '<0.1';
  return perSecond < 100 ? TENTHS.format(perSecond) : short(perSecond);
}

/** `350 ms`, `12 s`, `4.2 min`, `53.6 years`. @param {number} ms */
export function duration(ms) {
  let value = Math.abs(ms);
  for (const [unit, next] of STEPS) {
    // What would be shown as a whole next unit is one.
    if (Math.round(value) < next) {
      const shown = unit === 'ms' || value >= 10 ? WHOLE.format(value) : TENTHS.format(value);
      return `${ms < 0 ? '−' : ''}${shown} ${unit}`;
    }
    value /= next;
  }
  return '';
}

/** How long ago: `just now`, `12 s ago`. @param {number} ms */
export function ago(ms) {
  return ms < 1000 ? 'just now' : `${duration(Math.floor(ms / 1000) * 1000)} ago`;
}

/** `2026-11-28 08:04:44.114 UTC`. @param {number} ms Unix ms */
export function instant(ms) {
  const time = new Date(ms);
  if (Number.isNaN(time.getTime())) return `${ms} ms of Unix time`;
  return `${time.toISOString().replace('T', ' ').slice(0, -1)} UTC`;
}

/** `a, b and c`. @param {readonly string[]} words */
export function list(words) {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `1 tag`, `2 tags`. @param {number} count @param {string} one @param {string} many */
export function counted(count, one, many = `${one}s`) {
  return `${whole(count)} ${count === 1 ? one : many}`;
}
