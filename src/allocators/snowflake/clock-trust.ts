import type { Clock } from '../../system/clock.ts';

export interface ClockTrustSettings {
  /** The greatest forward step of the wall clock against the monotonic one that is accepted unconfirmed; ms. */
  readonly forwardLimitMs: number;
  /** How long a forward jump must last to be accepted where the slot store has no time of its own; ms. */
  readonly forwardConfirmMs: number;
}

/** A candidate that wanders by more than this starts its confirmation anew; ms. */
const STEADY_MS = 500;

/**
 * Whether the wall clock may raise the high-water mark (C2). Pure but for the clock passed in. One bad time step must
 * not write a mark days ahead, which would refuse for days once the clock is right again.
 *
 * The measure is the offset of the wall clock from the monotonic one. Small changes of it are followed (slewing, drift);
 * a large step back is not (the mark does not fall with it, so the way back up is not news); a large step ahead is
 * held until a store's time sample agrees or it has lasted for `forwardConfirmMs`: a resumed laptop goes on, one bad
 * step that is corrected leaves no trace. What a sample has contradicted is believed when a sample agrees, and never
 * because the store has fallen silent since.
 */
export class ClockTrust {
  readonly #clock: Clock;
  readonly #settings: ClockTrustSettings;
  readonly #firstOffsetMs: number;
  #acceptedOffsetMs: number;
  #skewMs: number | undefined;
  #candidate: { offsetMs: number; sinceMonotonicMs: number; isDenied: boolean } | undefined;

  constructor(clock: Clock, settings: ClockTrustSettings) {
    this.#clock = clock;
    this.#settings = settings;
    this.#firstOffsetMs = clock.wallMs() - clock.monotonicMs();
    this.#acceptedOffsetMs = this.#firstOffsetMs;
  }

  /** How far the wall clock is ahead of the accepted time; undefined when it is accepted. As of the last `observe`. */
  get jumpedMs(): number | undefined {
    return this.#candidate === undefined ? undefined : this.#candidate.offsetMs - this.#acceptedOffsetMs;
  }

  /** How far the wall clock was ahead of the slot store's at the last comparison; undefined before one; ms. */
  get skewMs(): number | undefined {
    return this.#skewMs;
  }

  /** Compares with a time sample of the slot store, taken just now; Unix ms. */
  compare(sampleMs: number): void {
    this.#skewMs = this.#clock.wallMs() - sampleMs;
  }

  /** The change of wall minus monotonic time since the start; ms. */
  driftMs(): number {
    return this.#clock.wallMs() - this.#clock.monotonicMs() - this.#firstOffsetMs;
  }

  /** Takes the present time as right: the slot store agreed, or there was nothing to compare with. */
  accept(): void {
    this.#acceptedOffsetMs = this.#clock.wallMs() - this.#clock.monotonicMs();
    this.#candidate = undefined;
  }

  /** The wall clock when it is accepted, Unix ms; undefined while it is not. */
  observe(): number | undefined {
    const wallMs = this.#clock.wallMs();
    const monotonicMs = this.#clock.monotonicMs();
    const offsetMs = wallMs - monotonicMs;
    const stepMs = offsetMs - this.#acceptedOffsetMs;
    if (stepMs <= this.#settings.forwardLimitMs) {
      this.#candidate = undefined;
      if (stepMs >= -this.#settings.forwardLimitMs) this.#acceptedOffsetMs = offsetMs;
      return wallMs;
    }
    if (this.#candidate === undefined || Math.abs(offsetMs - this.#candidate.offsetMs) > STEADY_MS) {
      this.#candidate = { offsetMs, sinceMonotonicMs: monotonicMs, isDenied: this.#candidate?.isDenied ?? false };
    }
    return undefined;
  }

  /**
   * Accepts a jump that has been steady for `forwardConfirmMs`, and that no sample has contradicted. True when it did.
   * @param upToMs a wall clock above it is not accepted; Unix ms
   */
  confirmByTime(upToMs = Number.POSITIVE_INFINITY): boolean {
    if (this.#candidate === undefined || this.#candidate.isDenied || this.#clock.wallMs() > upToMs) return false;
    const steadyMs = this.#clock.monotonicMs() - this.#candidate.sinceMonotonicMs;
    if (steadyMs < this.#settings.forwardConfirmMs) return false;
    this.accept();
    return true;
  }

  /** Accepts a jump when a time sample of the slot store, taken just now, agrees with the wall clock. True when it did. */
  confirmBySample(sampleMs: number): boolean {
    this.compare(sampleMs);
    if (Math.abs(this.#clock.wallMs() - sampleMs) > this.#settings.forwardLimitMs) {
      if (this.#candidate !== undefined) this.#candidate.isDenied = true;
      return false;
    }
    // Put right while the sample was under way: nothing is left to believe.
    if (this.observe() !== undefined) return false;
    this.accept();
    return true;
  }
}
