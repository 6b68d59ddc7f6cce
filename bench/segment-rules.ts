import type { Traffic } from '../test/support/segment-demand.ts';

/** How somebody else's segment mode decides, by its published behaviour. Plain arithmetic: a range is a number of IDs. */
export interface Rule {
  /** What a caller does that finds nothing: waits until there is something, or gives up after so many milliseconds. */
  readonly patienceMs: number;
  /** IDs at hand. */
  readonly stockIds: number;
  /** Gives up to `ids` and starts the fetches that this calls for. @returns how many were given */
  take(ids: number, nowMs: number): number;
  /** Takes in what has come by now, and does what is done in the background. */
  tick(nowMs: number): void;
}

/** The store of a rule: how long a call takes, whether it fails, and what it has handed out. */
export class RuleStore {
  down = false;
  reservedIds = 0;
  attempts = 0;
  readonly #latencyMs: () => number;

  constructor(latencyMs: () => number) {
    this.#latencyMs = latencyMs;
  }

  /** @returns when the answer is there */
  call(nowMs: number): number {
    this.attempts++;
    return nowMs + this.#latencyMs();
  }
}

const QUARTER_HOUR_MS = 900_000;
const LEAF_STEP_MAX_IDS = 1_000_000;

/** Leaf: two segments, the second fetched at a tenth used, ×2 under 15 minutes and ÷2 from 30 on, 10 ms of patience. */
export class LeafRule implements Rule {
  readonly patienceMs = 10;
  readonly #store: RuleStore;
  readonly #minStepIds: number;
  #stepIds: number;
  #loads = 0;
  #loadedMs = 0;
  #answerMs = Number.POSITIVE_INFINITY;
  #currentIds = 0;
  #sizeIds = 0;
  #nextIds = 0;

  constructor(store: RuleStore, stepIds: number) {
    this.#store = store;
    this.#stepIds = stepIds;
    this.#minStepIds = stepIds;
  }

  get stockIds(): number {
    return this.#currentIds + this.#nextIds;
  }

  take(ids: number, nowMs: number): number {
    let given = 0;
    for (;;) {
      const part = Math.min(ids - given, this.#currentIds);
      this.#currentIds -= part;
      given += part;
      const low = this.#currentIds < 0.9 * this.#sizeIds || this.#sizeIds === 0;
      if (low && this.#nextIds === 0 && this.#answerMs === Number.POSITIVE_INFINITY) {
        this.#answerMs = this.#store.call(nowMs);
      }
      if (given === ids || this.#nextIds === 0) return given;
      this.#sizeIds = this.#nextIds;
      this.#currentIds = this.#nextIds;
      this.#nextIds = 0;
    }
  }

  tick(nowMs: number): void {
    if (nowMs < this.#answerMs) return;
    this.#answerMs = Number.POSITIVE_INFINITY;
    if (this.#store.down) return;
    if (this.#loads >= 2) {
      const lastedMs = nowMs - this.#loadedMs;
      if (lastedMs < QUARTER_HOUR_MS) {
        if (this.#stepIds * 2 <= LEAF_STEP_MAX_IDS) this.#stepIds *= 2;
      } else if (lastedMs >= 2 * QUARTER_HOUR_MS) {
        this.#stepIds = Math.max(this.#minStepIds, Math.floor(this.#stepIds / 2));
      }
    }
    this.#loads++;
    this.#loadedMs = nowMs;
    this.#store.reservedIds += this.#stepIds;
    this.#nextIds = this.#stepIds;
  }
}

const COSID_SAFE_DISTANCE = 10;
const COSID_MAX_DISTANCE = 100_000_000;
const COSID_PERIOD_MS = 1000;
const COSID_HUNGER_MS = 5000;

/**
 * CosId's segment chain: a worker looks each second, and whenever somebody was hungry. Hunger in the latest 5 seconds
 * doubles the number of segments that it adds; else it halves, and only what lacks to ten segments is added.
 */
export class CosIdRule implements Rule {
  readonly patienceMs = Number.POSITIVE_INFINITY;
  readonly #store: RuleStore;
  readonly #stepIds: number;
  #stockIds = 0;
  #distance = COSID_SAFE_DISTANCE;
  #hungryMs = Number.NEGATIVE_INFINITY;
  #lookMs = 0;
  #answerMs = Number.POSITIVE_INFINITY;
  #askedIds = 0;

  constructor(store: RuleStore, stepIds: number) {
    this.#store = store;
    this.#stepIds = stepIds;
  }

  get stockIds(): number {
    return this.#stockIds;
  }

  take(ids: number, nowMs: number): number {
    const given = Math.min(ids, this.#stockIds);
    this.#stockIds -= given;
    if (given < ids) {
      this.#hungryMs = nowMs;
      this.#look(nowMs);
    }
    return given;
  }

  tick(nowMs: number): void {
    if (nowMs >= this.#answerMs) {
      this.#answerMs = Number.POSITIVE_INFINITY;
      if (!this.#store.down) {
        this.#store.reservedIds += this.#askedIds;
        this.#stockIds += this.#askedIds;
      }
    }
    if (nowMs >= this.#lookMs + COSID_PERIOD_MS) this.#look(nowMs);
  }

  #look(nowMs: number): void {
    if (this.#answerMs !== Number.POSITIVE_INFINITY) return;
    this.#lookMs = nowMs;
    const hungry = nowMs - this.#hungryMs < COSID_HUNGER_MS;
    this.#distance = hungry
      ? Math.min(COSID_MAX_DISTANCE, this.#distance * 2)
      : Math.max(COSID_SAFE_DISTANCE, Math.floor(this.#distance / 2));
    const lacking = COSID_SAFE_DISTANCE - Math.floor(this.#stockIds / this.#stepIds);
    if (lacking <= 0 && !hungry) return;
    this.#askedIds = (hungry ? this.#distance : lacking) * this.#stepIds;
    this.#answerMs = this.#store.call(nowMs);
  }
}

/** Callers of a rule, counted as `PolicyWorld` counts those of the real allocator. */
export class RuleWorld {
  given = 0;
  waits = 0;
  errors = 0;
  readonly store: RuleStore;
  readonly #rule: Rule;
  #nowMs = 0;
  #owed = 0;
  /** Callers that wait, and until when. */
  #waiting = 0;
  #untilMs = 0;
  #hungry = false;

  constructor(rule: Rule, store: RuleStore) {
    this.#rule = rule;
    this.store = store;
  }

  get unusedIds(): number {
    return this.store.reservedIds - this.given;
  }

  async run({ forMs, idsPerSecond, callers, tickMs = 1 }: Traffic): Promise<void> {
    for (const endMs = this.#nowMs + forMs; this.#nowMs < endMs; this.#nowMs += tickMs) {
      this.#rule.tick(this.#nowMs);
      this.#serveWaiting();
      this.#owed += (idsPerSecond * tickMs) / 1000;
      const wanted = Math.floor(this.#owed);
      this.#owed -= wanted;
      if (wanted > 0 && (callers === undefined || this.#waiting === 0)) this.#ask(wanted, callers);
    }
  }

  #ask(wanted: number, callers: number | undefined): void {
    const got = this.#rule.take(wanted, this.#nowMs);
    this.given += got;
    if (got === wanted) {
      if (this.#waiting === 0) this.#hungry = false;
      return;
    }
    if (!this.#hungry) this.waits++;
    this.#hungry = true;
    if (this.#waiting === 0) this.#untilMs = this.#nowMs + this.#rule.patienceMs;
    this.#waiting += Math.min(callers ?? wanted - got, wanted - got);
  }

  #serveWaiting(): void {
    const got = this.#waiting > 0 ? this.#rule.take(Math.min(this.#waiting, this.#rule.stockIds), this.#nowMs) : 0;
    this.given += got;
    this.#waiting -= got;
    if (this.#waiting === 0 || this.#nowMs < this.#untilMs) return;
    this.errors += this.#waiting;
    this.#waiting = 0;
  }
}
