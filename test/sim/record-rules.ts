import type { Slot } from '../../src/stores/slot-store.ts';
import { ChangeRules } from './change-rules.ts';
import type { CheckerSettings } from './checker-settings.ts';
import type { IdRules } from './id-rules.ts';
import type { Ledger } from './ledger.ts';
import type { Applied } from './sim-store.ts';
import type { Verdict } from './verdict.ts';

export interface RecordRulesParts {
  readonly settings: CheckerSettings;
  readonly verdict: Verdict;
  /** What came out under the records. */
  readonly ids: IdRules;
  /** Of every process, by name. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
}

/** What holds of each change of a record in the store. */
export class RecordRules {
  readonly changes: ChangeRules;
  readonly #settings: CheckerSettings;
  readonly #verdict: Verdict;
  readonly #ids: IdRules;
  readonly #ledgers: ReadonlyMap<string, Ledger>;
  /** The greatest mark each worker ID ever had. */
  readonly #marks = new Map<number, number>();
  /** Above it a token may mint, by worker ID and token. */
  readonly #floors = new Map<string, number>();
  /** By worker ID and token. */
  readonly #claimedMarks = new Map<string, number>();
  /** The greatest bound that was ever stored under a token, by worker ID and token. */
  readonly #bounds = new Map<string, number>();

  constructor({ settings, verdict, ids, ledgers }: RecordRulesParts) {
    this.changes = new ChangeRules(verdict);
    this.#settings = settings;
    this.#verdict = verdict;
    this.#ids = ids;
    this.#ledgers = ledgers;
  }

  floorOf(workerId: number, token: string): number | undefined {
    return this.#floors.get(`${workerId} ${token}`);
  }

  /** The mark that a claim was made with. */
  claimedMarkOf(workerId: number, token: string): number | undefined {
    return this.#claimedMarks.get(`${workerId} ${token}`);
  }

  greatestMarkOf(workerId: number): number {
    return this.#marks.get(workerId) ?? 0;
  }

  greatestBoundOf(workerId: number, token: string): number {
    return this.#bounds.get(`${workerId} ${token}`) ?? 0;
  }

  isBeyondPool(workerId: number): boolean {
    return workerId >= 2 ** this.#settings.layout.workerBits;
  }

  /** A mark stands somewhere, in the store or on a host. */
  marked(workerId: number, hwmMs: number): void {
    this.#marks.set(workerId, Math.max(hwmMs, this.greatestMarkOf(workerId)));
  }

  /** See `Checker.applied`; @param ledger of who changed it */
  applied(ledger: Ledger, { by, isClaim, before, after }: Applied, storeFloorMs: number): void {
    const verdict = this.#verdict;
    const { data, workerId } = after;
    this.#bounds.set(`${workerId} ${data.token}`, Math.max(data.boundMs, this.greatestBoundOf(workerId, data.token)));
    this.changes.applied(ledger, workerId, data);
    if (!ledger.tokens.includes(data.token)) verdict.fail('succession', `${by} wrote a token that is not its own`);
    // A creation learns its number from the answer; nobody may go on from there.
    if (this.isBeyondPool(workerId) && before !== undefined) verdict.fail('range', `${by} wrote worker ${workerId}`);
    if (data.boundMs < data.hwmMs) verdict.fail('bound', `${by} wrote bound ${data.boundMs} below mark ${data.hwmMs}`);
    if (isClaim) this.#claimed(ledger, before, after, storeFloorMs);
    else if (before === undefined || before.data.token !== data.token) {
      verdict.fail('succession', `${by} renewed worker ${workerId}, which is not its own`);
    } else if (data.state === 'released') {
      if (data.boundMs < ledger.lastMs && data.boundMs < before.data.boundMs) {
        verdict.fail('bound', `${by} released at ${data.boundMs} but gave ${ledger.lastMs}`);
      }
      this.#ids.released(data.token, data.boundMs);
    } else {
      const fallsMs = Math.max(before.data.boundMs - data.boundMs, before.data.hwmMs - data.hwmMs);
      if (fallsMs > 0) verdict.fail('bound', `${by} lowered the marks of a held slot by ${fallsMs} ms`);
    }
    if (data.state === 'held') this.#notAhead(ledger, after);
    this.marked(workerId, data.hwmMs);
  }

  #claimed(ledger: Ledger, before: Slot | undefined, { workerId, data }: Slot, storeFloorMs: number): void {
    const verdict = this.#verdict;
    const replacedMs = before === undefined ? 0 : this.#replacedMs(ledger, before);
    const floorMs = Math.max(replacedMs, storeFloorMs, this.#settings.layout.epochMs);
    this.#floors.set(`${workerId} ${data.token}`, floorMs);
    this.#claimedMarks.set(`${workerId} ${data.token}`, data.hwmMs);
    if (data.hwmMs < floorMs) {
      verdict.fail('succession', `${ledger.name} claimed mark ${data.hwmMs} below floor ${floorMs}`);
    }
    if (before !== undefined && data.boundMs < before.data.boundMs) {
      verdict.fail('succession', `${ledger.name} claimed with a lower bound than worker ${workerId} had`);
    }
    if (data.incarnation !== (before?.data.incarnation ?? 0) + 1) {
      verdict.fail('succession', `${ledger.name} claimed as incarnation ${data.incarnation} of worker ${workerId}`);
    }
  }

  /** What a claim may not go below: with all holders of the replaced token dead on its own host, what they gave. */
  #replacedMs(heir: Ledger, { workerId, data }: Slot): number {
    if (this.#settings.provesDeath) return data.hwmMs;
    if (data.state === 'released') return data.boundMs;
    for (const holder of this.#ledgers.values()) {
      const isDead = holder.ended && holder.machine === heir.machine;
      // Who only found the token on its disk has not used it.
      const mayLive = holder !== heir && holder.lastMs > 0 && !isDead;
      if (mayLive && holder.tokens.includes(data.token)) return data.boundMs;
    }
    return this.#ids.lastMsOf(workerId, data.token);
  }

  /** I12: a mark is at most one lookahead above a clock that was really read, or it is inherited. */
  #notAhead(ledger: Ledger, { workerId, data }: Slot): void {
    const inheritedMs = Math.max(this.greatestMarkOf(workerId), this.floorOf(workerId, data.token) ?? 0, ledger.lastMs);
    const limitMs = Math.max(inheritedMs, ledger.maxWallMs + this.#settings.lookaheadMs);
    if (data.hwmMs <= limitMs) return;
    this.#verdict.fail('bound', `${ledger.name} wrote a mark ${data.hwmMs - limitMs} ms too high`);
  }
}
