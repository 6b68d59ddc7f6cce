import type { Slot, SlotLayout } from '../../src/stores/slot-store.ts';
import { T0_MS } from './machine.ts';
import type { Applied, SlotServer } from './slot-server.ts';

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
}

/** What the checker knows of one process, dead ones included. */
export interface Ledger {
  readonly name: string;
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
  firstMs: number;
  lastMs: number;
}

export interface CheckerSettings {
  readonly layout: SlotLayout;
  readonly provesDeath: boolean;
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
  /** By worker ID. */
  readonly #spans = new Map<number, Span[]>();
  readonly #released = new Map<string, number>();
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
      ledger = { name, tokens: [], claims: new Map(), lastId: -1n, lastMs: 0, maxWallMs: 0 };
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

  greatestMarkOf(workerId: number): number {
    return this.#marks.get(workerId) ?? 0;
  }

  /** A process was shown a record under one of its own tokens. */
  shown(ledger: Ledger, { workerId, data }: Slot): void {
    const known = ledger.claims.get(workerId);
    if (known?.token === data.token) {
      known.floorMs = this.floorOf(workerId, data.token);
      known.hwmMs = Math.max(known.hwmMs, data.hwmMs);
      known.boundMs = Math.max(known.boundMs, data.boundMs);
    } else if (known === undefined || ledger.tokens.indexOf(data.token) > ledger.tokens.indexOf(known.token)) {
      const { token, hwmMs, boundMs } = data;
      ledger.claims.set(workerId, { token, workerId, floorMs: this.floorOf(workerId, token), hwmMs, boundMs });
    }
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
      own = { token, firstMs: timeMs, lastMs: timeMs };
      spans.push(own);
    }
    own.firstMs = Math.min(own.firstMs, timeMs);
    own.lastMs = Math.max(own.lastMs, timeMs);
    for (const span of spans) {
      if (span !== own && span.firstMs <= own.lastMs && own.firstMs <= span.lastMs) {
        this.fail('overlap', `${ledger.name} gave ${timeMs} of worker ${workerId}, as did claim ${span.token}`);
      }
    }
  }

  /** A record changed. */
  applied({ by, isClaim, before, after }: Applied, server: SlotServer): void {
    const { data, workerId } = after;
    const ledger = this.ledgerOf(by);
    if (!ledger.tokens.includes(data.token)) this.fail('succession', `${by} wrote a token that is not its own`);
    if (data.boundMs < data.hwmMs) this.fail('bound', `${by} wrote bound ${data.boundMs} below mark ${data.hwmMs}`);
    if (isClaim) this.#claimed(ledger, before, after, server);
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

  #claimed(ledger: Ledger, before: Slot | undefined, { workerId, data }: Slot, server: SlotServer): void {
    const replacedMs = before === undefined ? 0 : this.#settings.provesDeath ? before.data.hwmMs : before.data.boundMs;
    const floorMs = Math.max(replacedMs, server.floorMs, this.#settings.layout.epochMs);
    this.#floors.set(`${workerId} ${data.token}`, floorMs);
    if (data.hwmMs < floorMs)
      this.fail('succession', `${ledger.name} claimed mark ${data.hwmMs} below floor ${floorMs}`);
    if (before !== undefined && data.boundMs < before.data.boundMs) {
      this.fail('succession', `${ledger.name} claimed with a lower bound than worker ${workerId} had`);
    }
    if (data.incarnation !== (before?.data.incarnation ?? 0) + 1) {
      this.fail('succession', `${ledger.name} claimed as incarnation ${data.incarnation} of worker ${workerId}`);
    }
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
