import type { CheckerSettings } from './checker-settings.ts';
import type { Claim, Ledger } from './ledger.ts';
import { T0_MS } from './machine.ts';
import type { Verdict } from './verdict.ts';

/** The timestamps that came out under one claim. */
interface Span {
  readonly token: string;
  /** Who gave the last one. */
  by: Ledger;
  firstMs: number;
  lastMs: number;
}

/** What holds of each ID: beside all others, beside the clock, and beside what its process may give. */
export class IdRules {
  readonly #settings: CheckerSettings;
  readonly #verdict: Verdict;
  /** By time since the world began, worker and sequence in one number. */
  readonly #givenBy = new Map<number, Ledger>();
  /** By worker ID. */
  readonly #spans = new Map<number, Span[]>();
  /** By token. */
  readonly #releasedMs = new Map<string, number>();

  constructor(settings: CheckerSettings, verdict: Verdict) {
    this.#settings = settings;
    this.#verdict = verdict;
  }

  /** IDs seen. */
  get count(): number {
    return this.#givenBy.size;
  }

  /** The last timestamp that came out under a claim; 0 for none. */
  lastMsOf(workerId: number, token: string): number {
    return this.#spans.get(workerId)?.find(span => span.token === token)?.lastMs ?? 0;
  }

  /** A claim has ended: nothing fresh comes out under it. */
  released(token: string, boundMs: number): void {
    this.#releasedMs.set(token, boundMs);
  }

  /** See `Checker.given`. */
  given(ledger: Ledger, id: bigint, wallMs: number | undefined): void {
    const { layout } = this.#settings;
    const unit = 2 ** (layout.workerBits + layout.sequenceBits);
    const low = Number(id & BigInt(unit - 1));
    const workerId = Math.floor(low / 2 ** layout.sequenceBits);
    const timeMs = Number(id / BigInt(unit)) + layout.epochMs;
    const key = (timeMs - T0_MS) * unit + low;
    const other = this.#givenBy.get(key);
    if (other !== undefined) {
      this.#verdict.fail('duplicate', `ID ${id} of ${ledger.name} was given by ${other.name} already`);
    }
    this.#givenBy.set(key, ledger);
    if (timeMs <= layout.epochMs || timeMs >= layout.epochMs + 2 ** layout.timeBits) {
      this.#verdict.fail('range', `${ledger.name} gave time ${timeMs}`);
    }
    if (wallMs !== undefined) {
      if (id <= ledger.lastId) this.#verdict.fail('order', `${ledger.name} gave ${id} after ${ledger.lastId}`);
      const aheadMs = timeMs - wallMs;
      if (aheadMs < 0 || aheadMs > this.#settings.rollbackLimitMs) {
        this.#verdict.fail('ahead of the clock', `${ledger.name} gave a time ${aheadMs} ms ahead of its clock`);
      }
      ledger.lastId = id;
    }
    ledger.lastMs = Math.max(ledger.lastMs, timeMs);
    this.#window(ledger, workerId, timeMs, wallMs !== undefined);
  }

  /** @param isFresh false for an ID that may have been taken before the claim ended */
  #window(ledger: Ledger, workerId: number, timeMs: number, isFresh: boolean): void {
    const verdict = this.#verdict;
    const claim = ledger.claims.get(workerId);
    const floorMs = claim?.floorMs;
    if (claim === undefined || floorMs === undefined) {
      verdict.fail('window', `${ledger.name} gave an ID of worker ${workerId}, which it never held`);
      return;
    }
    if (isFresh) this.#span(ledger, claim, timeMs);
    if (isFresh && timeMs <= floorMs) verdict.fail('window', `${ledger.name} gave ${timeMs}, its floor is ${floorMs}`);
    if (timeMs > claim.boundMs) verdict.fail('window', `${ledger.name} gave ${timeMs}, its bound is ${claim.boundMs}`);
    if (this.#settings.provesDeath && timeMs > claim.hwmMs) {
      verdict.fail('cover', `${ledger.name} gave ${timeMs}, its acknowledged mark is ${claim.hwmMs}`);
    }
    if (claim.keptMs !== undefined) {
      const coveredMs = this.#settings.offline ? claim.keptMs : Math.max(claim.keptMs, claim.hwmMs);
      if (timeMs > coveredMs) verdict.fail('cover', `${ledger.name} gave ${timeMs}, its records cover ${coveredMs}`);
    }
    const releasedMs = this.#releasedMs.get(claim.token);
    if (isFresh && releasedMs !== undefined) {
      verdict.fail('after release', `${ledger.name} gave ${timeMs} after its release at ${releasedMs}`);
    }
  }

  /** From the IDs alone: no timestamp of one claim lies among those of another claim of the same worker ID. */
  #span(ledger: Ledger, { token, workerId }: Claim, timeMs: number): void {
    const spans = this.#spans.get(workerId) ?? [];
    if (spans.length === 0) this.#spans.set(workerId, spans);
    let own = spans.find(span => span.token === token);
    if (own === undefined) {
      own = { token, by: ledger, firstMs: timeMs, lastMs: timeMs };
      spans.push(own);
    }
    own.by = ledger;
    own.firstMs = Math.min(own.firstMs, timeMs);
    own.lastMs = Math.max(own.lastMs, timeMs);
    for (const span of spans) {
      // A process that goes on under another token of its own within a millisecond goes on with the sequence.
      if (span !== own && span.by !== ledger && span.firstMs <= own.lastMs && own.firstMs <= span.lastMs) {
        const text = `${ledger.name} gave ${timeMs} of worker ${workerId}, as did claim ${span.token}`;
        this.#verdict.fail('overlap', text);
      }
    }
  }
}
