import type { ErrorCode } from '../errors.ts';
import type { Clock } from '../system/clock.ts';

/** What callers were last refused with one code. */
export interface RecentRefusal {
  readonly code: ErrorCode;
  /** Since the start of the process. */
  readonly count: number;
  /** How long ago the latest one was. */
  readonly agoMs: number;
  /** What the latest one was told. */
  readonly text: string;
}

/** The most characters of a text that are kept: what callers send is part of some. */
const TEXT_MAX_CHARS = 300;

interface Row {
  count: number;
  atMs: number;
  text: string;
}

/** One row for each error code that was answered, so there are never more than codes. */
export class RecentRefusals {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #rows = new Map<ErrorCode, Row>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  record(code: ErrorCode, text: string): void {
    const row = this.#rows.get(code);
    const atMs = this.#clock.monotonicMs();
    const kept = text.length > TEXT_MAX_CHARS ? `${text.slice(0, TEXT_MAX_CHARS)}…` : text;
    if (row === undefined) this.#rows.set(code, { count: 1, atMs, text: kept });
    else {
      row.count++;
      row.atMs = atMs;
      row.text = kept;
    }
  }

  /** The latest first. */
  list(): readonly RecentRefusal[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#rows]
      .map(([code, { count, atMs, text }]) => ({ code, count, agoMs: Math.round(nowMs - atMs), text }))
      .sort((a, b) => a.agoMs - b.agoMs);
  }
}
