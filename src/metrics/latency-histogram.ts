/**
 * A log-linear histogram of durations: every doubling is cut into four, so a quantile is right within 25 %, and an
 * observation is a few integer operations (about 3 ns).
 *
 * The grain is 1/64 of 100 µs, which puts a bucket's edge exactly on every power-of-two multiple of 100 µs: those are
 * the bounds shown to Prometheus.
 */

const UNITS_PER_MS = 640;
/** 100 µs is 64 units, so 2^6 … 2^23 units are the bounds 0.1 ms … 13.1 s. */
const FIRST_BOUND_EXPONENT = 6;
const BOUNDS = 18;
const LAST_UNITS = 2 ** (FIRST_BOUND_EXPONENT + BOUNDS - 1);
/** The slot of everything beyond the last bound. */
const OVERFLOW = slotOf(LAST_UNITS);

/** Four slots a doubling; below 4 units a slot a unit. */
function slotOf(units: number): number {
  if (units < 4) return units;
  const exponent = 31 - Math.clz32(units);
  return ((exponent - 1) << 2) + ((units >> (exponent - 2)) & 3);
}

/** The exclusive upper edge of a slot in units. */
function edgeOf(slot: number): number {
  if (slot < 4) return slot + 1;
  const exponent = (slot >> 2) + 1;
  return ((slot & 3) + 5) * 2 ** (exponent - 2);
}

/** Upper bounds in seconds, 0.0001 doubling to 13.1072; `+Inf` is the count. */
export const LATENCY_BOUNDS_SECONDS: readonly number[] = Array.from({ length: BOUNDS }, (_, i) => 2 ** i / 10_000);

export interface CumulativeBucket {
  /** Seconds. */
  readonly le: number;
  /** Observations of at most `le`. */
  readonly count: number;
}

export class LatencyHistogram {
  readonly #slots = new Float64Array(OVERFLOW + 1);
  #sumMs = 0;

  /** @param durationMs milliseconds; below 0 counts as 0 */
  observe(durationMs: number): void {
    const units = durationMs * UNITS_PER_MS;
    const slot = units < LAST_UNITS ? slotOf(units > 0 ? units | 0 : 0) : OVERFLOW;
    this.#slots[slot] = this.#slots[slot]! + 1;
    if (durationMs > 0) this.#sumMs += durationMs;
  }

  /** Observations so far. */
  get count(): number {
    return this.#slots.reduce((sum, each) => sum + each, 0);
  }

  /** Sum of all observations in seconds. */
  get sumSeconds(): number {
    return this.#sumMs / 1000;
  }

  /** Prometheus buckets without `+Inf`, whose count is `count`. */
  cumulative(): readonly CumulativeBucket[] {
    let slot = 0;
    let count = 0;
    return LATENCY_BOUNDS_SECONDS.map((le, i) => {
      const end = slotOf(2 ** (FIRST_BOUND_EXPONENT + i));
      while (slot < end) count += this.#slots[slot++]!;
      return { le, count };
    });
  }

  /**
   * The upper edge of the slot where the `fraction` quantile lies, milliseconds; undefined before any observation.
   * Infinity beyond the last bound.
   * @param fraction 0 to 1, such as 0.99
   */
  quantileMs(fraction: number): number | undefined {
    const total = this.count;
    if (total === 0) return undefined;
    let left = Math.max(1, Math.ceil(total * fraction));
    for (let slot = 0; slot < OVERFLOW; slot++) {
      left -= this.#slots[slot]!;
      if (left <= 0) return edgeOf(slot) / UNITS_PER_MS;
    }
    return Number.POSITIVE_INFINITY;
  }
}
