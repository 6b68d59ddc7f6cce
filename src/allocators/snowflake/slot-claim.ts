import { FrondError } from '../../errors.ts';
import type { Slot, SlotData, SlotStore } from '../../stores/slot-store.ts';
import type { System } from '../../system/system.ts';
import type { IdLayout } from './id-layout.ts';
import type { KeeperSettings } from './keeper-settings.ts';
import { type Candidate, type ClaimPath, chooseSlots, claimData, nextFreeMs } from './slot-choice.ts';
import type { SlotWitness } from './slot-witness.ts';
import type { StoreCalls } from './store-calls.ts';

export interface ClaimedSlot {
  readonly slot: Slot;
  /** Above it this claim mints; Unix ms. */
  readonly floorMs: number;
  readonly path: ClaimPath;
  /** Opens the slot store, which an offline claim was made without; resolves at once when it is open. */
  readonly reopen?: () => Promise<void>;
  /** Tokens of claims that may have been made in our name before. */
  readonly nextTokens?: readonly string[];
}

export interface ClaimContext {
  readonly store: SlotStore;
  readonly calls: StoreCalls;
  readonly layout: IdLayout;
  readonly settings: KeeperSettings;
  readonly system: System;
  readonly witness: SlotWitness;
  /** How far above the mark the bound is put; ms. */
  readonly allowanceMs: number;
  /** What this process has used already, under whatever worker ID: it never goes back; Unix ms. */
  readonly usedMs: number;
}

/**
 * The search for a worker ID under one token (S3, S4), in as many attempts as it takes. When an attempt ends with an
 * unknown outcome, the next one looks for the token first (I8).
 */
export class SlotClaim {
  readonly #context: ClaimContext;
  readonly #token: string;
  /** The floor that each slot which we tried to take would give us. */
  readonly #floors = new Map<number, number>();
  #claimed: number | undefined;
  #tried = false;

  constructor(context: ClaimContext) {
    this.#context = context;
    this.#token = context.system.random.token();
  }

  get token(): string {
    return this.#token;
  }

  /**
   * One attempt; undefined when every candidate went to somebody else meanwhile and a new look is due.
   * @param storeTimeMs the slot store's own time, if it has one
   * @throws FrondError NO_FREE_SLOT; SLOT_STORE_UNAVAILABLE and whatever the store throws (outcome unknown)
   */
  async attempt(storeTimeMs: number | undefined): Promise<ClaimedSlot | undefined> {
    const { store, calls, settings, layout, system, witness } = this.#context;
    const listed = await calls.read(() => store.list());
    const slots = listed.filter(slot => slot.workerId <= layout.maxWorkerId);
    const own = this.#tried ? await this.#readBack(slots) : undefined;
    if (own !== undefined) return own;
    this.#tried = true;
    const wallMs = system.clock.wallMs();
    const { provesDeath } = store;
    const choice = chooseSlots(slots, {
      ...{ provesDeath, wallMs, storeTimeMs, owner: settings.owner },
      provenMs: slot => witness.provenMs(slot),
    });
    const claimed =
      (await this.#takeFirst(choice.beforeCreating)) ??
      (await this.#create()) ??
      (await this.#takeFirst(choice.afterCreating));
    if (claimed !== undefined) return claimed;
    const contested = choice.beforeCreating.length + choice.afterCreating.length > 0;
    if (contested && !provesDeath) return undefined;
    const freeMs = nextFreeMs(slots, { provesDeath, wallMs, storeTimeMs });
    const details = { slots: layout.maxWorkerId + 1, nextFreeMs: freeMs };
    throw new FrondError('NO_FREE_SLOT', details, freeMs === undefined ? {} : { retryAfterMs: freeMs });
  }

  /**
   * A slot with our token: an earlier attempt had succeeded after all. Where `take` is the proof, a record with our
   * token does not show that we hold the lock, so the slot is taken anew; nothing was minted under it yet.
   */
  async #readBack(slots: readonly Slot[]): Promise<ClaimedSlot | undefined> {
    const { store, calls } = this.#context;
    const own = slots.find(slot => slot.data.token === this.#token);
    if (own === undefined) return undefined;
    if (!store.provesDeath) {
      const floorMs = Math.max(this.#baseFloorMs(), this.#floors.get(own.workerId) ?? 0);
      return this.#won(own, floorMs, 'readBack');
    }
    await calls.read(() => store.letGo(own.workerId));
    return this.#takeFirst([{ slot: own, path: 'readBack', replacedMs: own.data.hwmMs }]);
  }

  async #takeFirst(candidates: readonly Candidate[]): Promise<ClaimedSlot | undefined> {
    for (const candidate of candidates) {
      const claimed = (await this.#take(candidate)) ?? (await this.#takeAgain(candidate));
      if (claimed !== undefined) return claimed;
    }
    return undefined;
  }

  async #take({ slot, path, replacedMs }: Candidate): Promise<ClaimedSlot | undefined> {
    const { store, calls, witness } = this.#context;
    const floorMs = Math.max(this.#baseFloorMs(), replacedMs, this.#floors.get(slot.workerId) ?? 0);
    this.#floors.set(slot.workerId, floorMs);
    const data = this.#data(slot.data, floorMs);
    // The proof is ours, and not the store's.
    const holderIsDead = path === 'proof' && !store.provesDeath;
    if (holderIsDead && !(await witness.intend(slot, this.#token))) return undefined;
    const taken = await calls.change(
      () => store.take(slot, data, holderIsDead),
      late => this.#abandon(late),
    );
    return taken && this.#won(taken, floorMs, path);
  }

  /**
   * Once more a slot that was refused although we have proof: its dead holder's session expired, or the last write of it
   * landed, at this very moment. Another worker ID in its place would leave it to rest until its bound.
   */
  async #takeAgain({ slot, path }: Candidate): Promise<ClaimedSlot | undefined> {
    const { store, calls, witness } = this.#context;
    if (path !== 'proof' || store.provesDeath) return undefined;
    const stored = await calls.read(() => store.read(slot.workerId));
    const replacedMs = stored && witness.provenMs(stored);
    return replacedMs === undefined ? undefined : this.#take({ slot: stored!, path, replacedMs });
  }

  async #create(): Promise<ClaimedSlot | undefined> {
    const { store, calls, layout } = this.#context;
    const floorMs = this.#baseFloorMs();
    const data = this.#data(undefined, floorMs);
    const created = await calls.change(
      () => store.create(data, layout.maxWorkerId),
      late => this.#abandon(late),
    );
    return created && this.#won(created, floorMs, 'created');
  }

  #won(slot: Slot, floorMs: number, path: ClaimPath): ClaimedSlot {
    this.#claimed = slot.workerId;
    return { slot, floorMs, path };
  }

  /** A claim that was answered too late is read back by a later attempt; what was won elsewhere meanwhile is let go. */
  #abandon(slot: Slot | undefined): void {
    if (slot === undefined || this.#claimed === undefined || slot.workerId === this.#claimed) return;
    void this.#context.store.letGo(slot.workerId);
  }

  #baseFloorMs(): number {
    const { store, layout, usedMs } = this.#context;
    return Math.max(store.floorMs, layout.epochMs, usedMs);
  }

  #data(replaced: SlotData | undefined, floorMs: number): SlotData {
    const { settings, system, allowanceMs } = this.#context;
    const { lookaheadMs, owner } = settings;
    const wallMs = system.clock.wallMs();
    return claimData(replaced, { token: this.#token, floorMs, wallMs, lookaheadMs, allowanceMs, owner });
  }
}
