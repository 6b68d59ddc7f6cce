import type { ProofRecord } from '../../src/stores/slot-proof.ts';
import type { Slot, SlotData } from '../../src/stores/slot-store.ts';
import type { CheckerSettings } from './checker-settings.ts';
import { IdRules } from './id-rules.ts';
import { type Ledger, newLedger } from './ledger.ts';
import { RecordRules } from './record-rules.ts';
import type { Applied } from './sim-store.ts';
import { type Rule, Verdict, type Violation } from './verdict.ts';

/** Looks at everything from outside: at each ID, and at each change of a record. Keeps the first violation. */
export class Checker {
  readonly #ledgers = new Map<string, Ledger>();
  readonly #verdict: Verdict;
  readonly #ids: IdRules;
  readonly #records: RecordRules;

  constructor(settings: CheckerSettings) {
    this.#verdict = new Verdict(settings.only);
    this.#ids = new IdRules(settings, this.#verdict);
    this.#records = new RecordRules({ settings, verdict: this.#verdict, ids: this.#ids, ledgers: this.#ledgers });
  }

  /** IDs seen. */
  get ids(): number {
    return this.#ids.count;
  }

  get violation(): Violation | undefined {
    return this.#verdict.violation;
  }

  fail(rule: Rule, text: string): void {
    this.#verdict.fail(rule, text);
  }

  ledgerOf(name: string): Ledger {
    const ledger = this.#ledgers.get(name) ?? newLedger(name);
    this.#ledgers.set(name, ledger);
    return ledger;
  }

  floorOf(workerId: number, token: string): number | undefined {
    return this.#records.floorOf(workerId, token);
  }

  /** The mark that a claim was made with: its floor, where the clock had not passed that. */
  claimedMarkOf(workerId: number, token: string): number | undefined {
    return this.#records.claimedMarkOf(workerId, token);
  }

  greatestMarkOf(workerId: number): number {
    return this.#records.greatestMarkOf(workerId);
  }

  /** A process was shown a record under one of its own tokens. */
  shown(ledger: Ledger, { workerId, data }: Slot): void {
    const { token, hwmMs, boundMs } = data;
    const storedMs = this.#records.greatestBoundOf(workerId, token);
    if (boundMs > storedMs) this.fail('truth', `${ledger.name} was told of bound ${boundMs}, not ${storedMs}`);
    // Rivals were faster, and it still has to take back what it made: it holds nothing by it.
    if (this.#records.isBeyondPool(workerId)) return;
    const floorMs = this.floorOf(workerId, token);
    const known = ledger.claims.get(workerId);
    if (known?.token === token) {
      known.floorMs = floorMs;
      known.hwmMs = Math.max(known.hwmMs, hwmMs);
      known.boundMs = Math.max(known.boundMs, boundMs);
    } else if (known === undefined || ledger.tokens.indexOf(token) > ledger.tokens.indexOf(known.token)) {
      ledger.claims.set(workerId, { token, workerId, floorMs, hwmMs, boundMs, keptMs: undefined });
    }
  }

  /** A process found a record that it may go on from without the store. */
  inherited(ledger: Ledger, { token, nextToken, workerId, hwmMs, boundMs }: ProofRecord): void {
    // It has claimed a slot of its own before the disk answered.
    if (ledger.claims.size > 0) return;
    ledger.tokens.unshift(token, ...(nextToken === null ? [] : [nextToken]));
    ledger.claims.set(workerId, { token, workerId, floorMs: hwmMs, hwmMs: 0, boundMs, keptMs: hwmMs });
  }

  /** A record may be stored on a host, or is durable there. */
  kept(ledger: Ledger, { token, workerId, hwmMs }: ProofRecord, isDurable: boolean): void {
    this.#records.marked(workerId, hwmMs);
    const claim = ledger.claims.get(workerId);
    if (claim?.token !== token) return;
    claim.keptMs = Math.max(claim.keptMs ?? 0, isDurable ? hwmMs : 0);
  }

  /**
   * An ID came out.
   * @param wallMs the wall clock at that moment, or undefined when the ID may have been taken earlier
   */
  given(ledger: Ledger, id: bigint, wallMs: number | undefined): void {
    this.#ids.given(ledger, id, wallMs);
  }

  asked(workerId: number, data: SlotData): void {
    this.#records.changes.asked(workerId, data);
  }

  refused(ledger: Ledger, workerId: number, data: SlotData): void {
    this.#records.changes.refused(ledger, workerId, data);
  }

  /**
   * A record changed.
   * @param storeFloorMs the store's floor at that moment
   */
  applied(change: Applied, storeFloorMs: number): void {
    this.#records.applied(this.ledgerOf(change.by), change, storeFloorMs);
  }
}
