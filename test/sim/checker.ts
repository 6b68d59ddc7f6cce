import type { ProofRecord } from '../../src/stores/slot-proof.ts';
import type { Slot, SlotData, SlotLayout } from '../../src/stores/slot-store.ts';
import { T0_MS } from './machine.ts';
import type { Applied } from './sim-store.ts';

export type Rule =
  | 'duplicate'
  | 'overlap'
  | 'order'
  | 'window'
  | 'cover'
  | 'range'
  | 'ahead of the clock'
  | 'after release'
  | 'one change'
  | 'one record'
  | 'bound'
  | 'succession'
  | 'liveness'
  | 'truth'
  | 'crash';

export interface Violation {
  readonly rule: Rule;
  readonly text: string;
}

/** What the store has shown a process of one of its claims. */
export interface Claim {
  readonly token: string;
  readonly workerId: number;
  /** Above it the claim may mint. */
  floorMs: number | undefined;
  hwmMs: number;
  boundMs: number;
  /** What the record on its host vouches for; undefined where none may be stored. */
  keptMs: number | undefined;
}

/** What the checker knows of one process, dead ones included. */
export interface Ledger {
  readonly name: string;
  machine: string;
  ended: boolean;
  /** Tokens it drew, in order. */
  readonly tokens: string[];
  readonly claims: Map<number, Claim>;
  lastId: bigint;
  lastMs: number;
  /** The greatest wall clock reading it ever had; Unix ms. */
  maxWallMs: number;
}

/** The timestamps that came out under one claim. */
interface Span {
  readonly token: string;
  /** Who gave the last one. */
  by: Ledger;
  firstMs: number;
  lastMs: number;
}

export interface CheckerSettings {
  readonly layout: SlotLayout;
  readonly provesDeath: boolean;
  /** A process may start from the record on its host alone. */
  readonly offline: boolean;
  readonly rollbackLimitMs: number;
  readonly lookaheadMs: number;
  /** When given, only these are reported. */
  readonly only?: readonly Rule[] | undefined;
}

/** Looks at everything from outside: at each ID, and at each change of a record. Keeps the first violation. */
export class Checker {
  readonly #settings: CheckerSettings;
  /** By time since the world began, worker and sequence in one number. */
  readonly #givenBy = new Map<number, Ledger>();
  /** The greatest mark each worker ID ever had. */
  readonly #marks = new Map<number, number>();
  readonly #ledgers = new Map<string, Ledger>();
  /** Above it a token may mint, by worker ID and token. */
  readonly #floors = new Map<string, number>();
  /** By worker ID and token. */
  readonly #claimedMarks = new Map<string, number>();
  /** By worker ID. */
  readonly #spans = new Map<number, Span[]>();
  readonly #released = new Map<string, number>();
  /** The greatest bound that was ever stored under a token, by worker ID and token. */
  readonly #bounds = new Map<string, number>();
  /** What was asked for and not refused, and what of it took effect. */
  readonly #changes = new Map<string, { open: number; applied: number }>();
  violation: Violation | undefined;

  constructor(settings: CheckerSettings) {
    this.#settings = settings;
  }

  /** IDs seen. */
  get ids(): number {
    return this.#givenBy.size;
  }

  ledgerOf(name: string): Ledger {
    let ledger = this.#ledgers.get(name);
    if (ledger === undefined) {
      ledger = { name, machine: '', ended: false, tokens: [], claims: new Map(), lastId: -1n, lastMs: 0, maxWallMs: 0 };
      this.#ledgers.set(name, ledger);
    }
    return ledger;
  }

  fail(rule: Rule, text: string): void {
    if (this.#settings.only !== undefined && !this.#settings.only.includes(rule)) return;
    this.violation ??= { rule, text };
  }

  floorOf(workerId: number, token: string): number | undefined {
    return this.#floors.get(`${workerId} ${token}`);
  }

  /** The mark that a claim was made with: its floor, where the clock had not passed that. */
  claimedMarkOf(workerId: number, token: string): number | undefined {
    return this.#claimedMarks.get(`${workerId} ${token}`);
  }

  greatestMarkOf(workerId: number): number {
    return this.#marks.get(workerId) ?? 0;
  }

  /** A process was shown a record under one of its own tokens. */
  shown(ledger: Ledger, { workerId, data }: Slot): void {
    const storedMs = this.#bounds.get(`${workerId} ${data.token}`) ?? 0;
    if (data.boundMs > storedMs)
      this.fail('truth', `${ledger.name} was told of bound ${data.boundMs}, not ${storedMs}`);
    // Rivals were faster, and it still has to take back what it made: it holds nothing by it.
    if (this.#isBeyondPool(workerId)) return;
    const known = ledger.claims.get(workerId);
    if (known?.token === data.token) {
      known.floorMs = this.floorOf(workerId, data.token);
      known.hwmMs = Math.max(known.hwmMs, data.hwmMs);
      known.boundMs = Math.max(known.boundMs, data.boundMs);
    } else if (known === undefined || ledger.tokens.indexOf(data.token) > ledger.tokens.indexOf(known.token)) {
      const { token, hwmMs, boundMs } = data;
      ledger.claims.set(workerId, {
        token,
        workerId,
        floorMs: this.floorOf(workerId, token),
        hwmMs,
        boundMs,
        keptMs: undefined,
      });
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
    this.#marks.set(workerId, Math.max(hwmMs, this.greatestMarkOf(workerId)));
    const claim = ledger.claims.get(workerId);
    if (claim?.token !== token) return;
    claim.keptMs = Math.max(claim.keptMs ?? 0, isDurable ? hwmMs : 0);
  }

  /**
   * An ID came out.
   * @param wallMs the wall clock at that moment, or undefined when the ID may have been taken earlier
   */
  given(ledger: Ledger, id: bigint, wallMs: number | undefined): void {
    const { layout } = this.#settings;
    const unit = 2 ** (layout.workerBits + layout.sequenceBits);
    const low = Number(id & BigInt(unit - 1));
    const workerId = Math.floor(low / 2 ** layout.sequenceBits);
    const timeMs = Number(id / BigInt(unit)) + layout.epochMs;
    const key = (timeMs - T0_MS) * unit + low;
    const other = this.#givenBy.get(key);
    if (other !== undefined) this.fail('duplicate', `ID ${id} of ${ledger.name} was given by ${other.name} already`);
    this.#givenBy.set(key, ledger);
    if (timeMs <= layout.epochMs || timeMs >= layout.epochMs + 2 ** layout.timeBits) {
      this.fail('range', `${ledger.name} gave time ${timeMs}`);
    }
    if (wallMs !== undefined) {
      if (id <= ledger.lastId) this.fail('order', `${ledger.name} gave ${id} after ${ledger.lastId}`);
      const aheadMs = timeMs - wallMs;
      if (aheadMs < 0 || aheadMs > this.#settings.rollbackLimitMs) {
        this.fail('ahead of the clock', `${ledger.name} gave a time ${aheadMs} ms ahead of its clock`);
      }
      ledger.lastId = id;
    }
    ledger.lastMs = Math.max(ledger.lastMs, timeMs);
    this.#window(ledger, workerId, timeMs, wallMs !== undefined);
  }

  /** @param isFresh false for an ID that may have been taken before the claim ended */
  #window(ledger: Ledger, workerId: number, timeMs: number, isFresh: boolean): void {
    const claim = ledger.claims.get(workerId);
    const floorMs = claim?.floorMs;
    if (claim === undefined || floorMs === undefined) {
      this.fail('window', `${ledger.name} gave an ID of worker ${workerId}, which it never held`);
      return;
    }
    if (isFresh) this.#span(ledger, claim, timeMs);
    if (isFresh && timeMs <= floorMs) this.fail('window', `${ledger.name} gave ${timeMs}, its floor is ${floorMs}`);
    if (timeMs > claim.boundMs) this.fail('window', `${ledger.name} gave ${timeMs}, its bound is ${claim.boundMs}`);
    if (this.#settings.provesDeath && timeMs > claim.hwmMs) {
      this.fail('cover', `${ledger.name} gave ${timeMs}, its acknowledged mark is ${claim.hwmMs}`);
    }
    if (claim.keptMs !== undefined) {
      const coveredMs = this.#settings.offline ? claim.keptMs : Math.max(claim.keptMs, claim.hwmMs);
      if (timeMs > coveredMs) this.fail('cover', `${ledger.name} gave ${timeMs}, its records cover ${coveredMs}`);
    }
    const releasedMs = this.#released.get(claim.token);
    if (isFresh && releasedMs !== undefined) {
      this.fail('after release', `${ledger.name} gave ${timeMs} after its release at ${releasedMs}`);
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
        this.fail('overlap', `${ledger.name} gave ${timeMs} of worker ${workerId}, as did claim ${span.token}`);
      }
    }
  }

  asked(workerId: number, data: SlotData): void {
    this.#changesOf(workerId, data).open++;
  }

  refused(ledger: Ledger, workerId: number, data: SlotData): void {
    this.#changesOf(workerId, data).open--;
    this.#mayTakeEffect(ledger, workerId, data);
  }

  /** What was refused has not taken effect, and never does. Several with the same content count together. */
  #mayTakeEffect(ledger: Ledger, workerId: number, data: SlotData): void {
    const { open, applied } = this.#changesOf(workerId, data);
    if (applied <= open) return;
    this.fail('truth', `${ledger.name} was told of a refused change of worker ${workerId}, which took effect`);
  }

  #changesOf(workerId: number, data: SlotData): { open: number; applied: number } {
    const key = changeKey(workerId, data);
    const known = this.#changes.get(key) ?? { open: 0, applied: 0 };
    this.#changes.set(key, known);
    return known;
  }

  /**
   * A record changed.
   * @param storeFloorMs the store's floor at that moment
   */
  applied({ by, isClaim, before, after }: Applied, storeFloorMs: number): void {
    const { data, workerId } = after;
    const ledger = this.ledgerOf(by);
    const key = `${workerId} ${data.token}`;
    this.#bounds.set(key, Math.max(data.boundMs, this.#bounds.get(key) ?? 0));
    if (this.#changes.has(changeKey(workerId, data))) {
      this.#changesOf(workerId, data).applied++;
      this.#mayTakeEffect(ledger, workerId, data);
    }
    if (!ledger.tokens.includes(data.token)) this.fail('succession', `${by} wrote a token that is not its own`);
    // A creation learns its number from the answer; nobody may go on from there.
    if (this.#isBeyondPool(workerId) && before !== undefined) this.fail('range', `${by} wrote worker ${workerId}`);
    if (data.boundMs < data.hwmMs) this.fail('bound', `${by} wrote bound ${data.boundMs} below mark ${data.hwmMs}`);
    if (isClaim) this.#claimed(ledger, before, after, storeFloorMs);
    else if (before === undefined || before.data.token !== data.token) {
      this.fail('succession', `${by} renewed worker ${workerId}, which is not its own`);
    } else if (data.state === 'released') {
      if (data.boundMs < ledger.lastMs && data.boundMs < before.data.boundMs) {
        this.fail('bound', `${by} released at ${data.boundMs} but gave ${ledger.lastMs}`);
      }
      this.#released.set(data.token, data.boundMs);
    } else {
      const fallsMs = Math.max(before.data.boundMs - data.boundMs, before.data.hwmMs - data.hwmMs);
      if (fallsMs > 0) this.fail('bound', `${by} lowered the marks of a held slot by ${fallsMs} ms`);
    }
    if (data.state === 'held') this.#notAhead(ledger, after);
    this.#marks.set(workerId, Math.max(data.hwmMs, this.#marks.get(workerId) ?? 0));
  }

  #isBeyondPool(workerId: number): boolean {
    return workerId >= 2 ** this.#settings.layout.workerBits;
  }

  #claimed(ledger: Ledger, before: Slot | undefined, { workerId, data }: Slot, storeFloorMs: number): void {
    const replacedMs = before === undefined ? 0 : this.#replacedMs(ledger, before);
    const floorMs = Math.max(replacedMs, storeFloorMs, this.#settings.layout.epochMs);
    this.#floors.set(`${workerId} ${data.token}`, floorMs);
    this.#claimedMarks.set(`${workerId} ${data.token}`, data.hwmMs);
    if (data.hwmMs < floorMs)
      this.fail('succession', `${ledger.name} claimed mark ${data.hwmMs} below floor ${floorMs}`);
    if (before !== undefined && data.boundMs < before.data.boundMs) {
      this.fail('succession', `${ledger.name} claimed with a lower bound than worker ${workerId} had`);
    }
    if (data.incarnation !== (before?.data.incarnation ?? 0) + 1) {
      this.fail('succession', `${ledger.name} claimed as incarnation ${data.incarnation} of worker ${workerId}`);
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
    return this.#spans.get(workerId)?.find(span => span.token === data.token)?.lastMs ?? 0;
  }

  /** I12: a mark is at most one lookahead above a clock that was really read, or it is inherited. */
  #notAhead(ledger: Ledger, { workerId, data }: Slot): void {
    const inheritedMs = Math.max(
      this.#marks.get(workerId) ?? 0,
      this.floorOf(workerId, data.token) ?? 0,
      ledger.lastMs,
    );
    const limitMs = Math.max(inheritedMs, ledger.maxWallMs + this.#settings.lookaheadMs);
    if (data.hwmMs > limitMs) this.fail('bound', `${ledger.name} wrote a mark ${data.hwmMs - limitMs} ms too high`);
  }
}

function changeKey(workerId: number, { token, renewal, hwmMs, boundMs, state }: SlotData): string {
  return `${workerId} ${token} ${renewal} ${hwmMs} ${boundMs} ${state}`;
}
