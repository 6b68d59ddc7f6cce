/**
 * The port of whoever keeps worker slots: one record per worker ID, changed only by compare-and-set on its version.
 * Types and contracts only; the protocol that uses it is in `allocators/snowflake/slot-keeper.ts`.
 */

/** The layout that all IDs of one slot store share; fixed when the store is made. */
export interface SlotLayout {
  readonly epochMs: number;
  readonly timeBits: number;
  readonly workerBits: number;
  readonly sequenceBits: number;
}

/** Who holds a slot, for people; a hint and never an authority (many hosts may share an address). */
export interface SlotOwner {
  readonly host: string;
  readonly port: number | null;
  readonly pid: number;
}

export interface SlotData {
  /** The claim's random name: the authority on who holds the slot. */
  readonly token: string;
  /** Claims of this worker ID so far, 1 or more. */
  readonly incarnation: number;
  /** Writes under this token so far, 0 or more. */
  readonly renewal: number;
  /** High-water mark: no timestamp above it has been used when the record was written; Unix ms. */
  readonly hwmMs: number;
  /** The greatest timestamp that the holder may ever use without a further acknowledged write; Unix ms, >= hwmMs. */
  readonly boundMs: number;
  readonly state: 'held' | 'released';
  readonly owner: SlotOwner;
}

export interface Slot {
  readonly workerId: number;
  /** Changes with every write of the record. */
  readonly version: number;
  readonly data: SlotData;
}

export interface SlotStore {
  /** For logs and errors; never holds a secret. */
  readonly name: string;
  /**
   * True when a successful `take` proves that every earlier holder's process has ended (an exclusive kernel lock).
   * The successor then starts above `hwmMs`; without that proof it starts above `boundMs`.
   */
  readonly provesDeath: boolean;
  /** True where the one worker ID is fixed from outside, so that there is no pool to run out of. */
  readonly isFixed?: true;
  /**
   * Connects, and checks that the store was made with this layout. Called again before every further claim and after
   * every failure of the store in one, while nothing is held: what was lost or replaced meanwhile is opened anew.
   * @throws FrondError LAYOUT_MISMATCH, SLOT_STORE_UNAVAILABLE, STORE_NOT_INITIALISED, STORE_DAMAGED
   */
  open(layout: SlotLayout): Promise<void>;
  /** No timestamp at or below it may be used by any worker of this store; Unix ms. Valid after `open`. */
  readonly floorMs: number;
  /** Every slot ever created, in the order of worker IDs. @throws FrondError SLOT_STORE_UNAVAILABLE */
  list(): Promise<readonly Slot[]>;
  /**
   * Claims the next worker ID that was never used; undefined when there is none up to `maxWorkerId`.
   * @throws FrondError SLOT_STORE_UNAVAILABLE (outcome unknown)
   */
  create(data: SlotData, maxWorkerId: number): Promise<Slot | undefined>;
  /**
   * Claims an existing slot by compare-and-set on `slot.version`; undefined when it was changed meanwhile or its
   * holder is known to live. @throws FrondError SLOT_STORE_UNAVAILABLE (outcome unknown)
   * @param holderIsDead the caller has proof: a sign of life that the holder has left is passed over and removed.
   * A store that proves death goes by its own proof
   */
  take(slot: Slot, data: SlotData, holderIsDead?: boolean): Promise<Slot | undefined>;
  /**
   * Renews or releases our slot by compare-and-set on `slot.version`; undefined when the record is no longer the one
   * we wrote. Durable when it resolves. @throws FrondError SLOT_STORE_UNAVAILABLE (outcome unknown)
   */
  write(slot: Slot, data: SlotData): Promise<Slot | undefined>;
  /** The slot as it is stored now; undefined when it is gone. @throws FrondError SLOT_STORE_UNAVAILABLE */
  read(workerId: number): Promise<Slot | undefined>;
  /** Takes away our sign of life (lock, ephemeral node) of a slot; never throws. */
  letGo(workerId: number): Promise<void>;
  /**
   * For people: true when the holder of the slot is known to live, false when it is known to be dead; undefined, or no
   * such method, where that cannot be told. @throws FrondError SLOT_STORE_UNAVAILABLE
   */
  holderLives?(workerId: number): Promise<boolean | undefined>;
  /** A time sample that is not this host's own clock, Unix ms; undefined when the store has none. */
  sampleTimeMs(): Promise<number | undefined>;
  /** Idempotent; lets go of everything; never throws. */
  close(): Promise<void>;
}
