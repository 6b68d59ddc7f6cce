import type { RecordRead } from './durable-record.ts';
import type { SlotLayout } from './slot-store.ts';

/**
 * The port of what a process leaves on its own host so that the next one there can prove it dead, beside a slot store
 * that cannot (ZooKeeper, a database). Types and contracts only; its use is in `allocators/snowflake/slot-witness.ts`.
 */

export interface ProofRecord {
  /** `SlotStore.name` and the layout of the claim. */
  readonly store: string;
  readonly layout: SlotLayout;
  readonly workerId: number;
  /** Of the slot, as last acknowledged. */
  readonly version: number;
  readonly token: string;
  /** The token of a claim of the same slot that may have been made; null when there is none. */
  readonly nextToken: string | null;
  readonly incarnation: number;
  /** Writes of this record under its token; the slot's own `renewal` never passes the number that is durable here. */
  readonly renewal: number;
  /** No timestamp above both this and the slot's own mark was used when it was written; Unix ms. */
  readonly hwmMs: number;
  /** The bound that the slot store has acknowledged; Unix ms. */
  readonly boundMs: number;
  /** True when its writer used nothing above `hwmMs`, whatever the slot says: a start may go on from this alone. */
  readonly suffices: boolean;
  /**
   * `parked`, `given-up`: its writer used nothing above `hwmMs`, and never will. A slot that was given up may not be gone
   * on with without the slot store.
   */
  readonly state: 'held' | 'parked' | 'given-up';
}

export interface SlotProof {
  /** For logs and errors. */
  readonly name: string;
  /**
   * Takes a place that no living process has, under a lock that ends with this process and not before, and reads what
   * the last one there has left. A record that is `found` was written by a process that is dead. Idempotent.
   * @throws the I/O error; Error when there is no such place
   */
  open(): Promise<RecordRead<ProofRecord>>;
  /** As `DurableRecord.write`; also @throws Error when the place is no longer ours. */
  write(record: ProofRecord): Promise<void>;
  /** Lets the place go, after a write under way. Idempotent; never throws. */
  close(): Promise<void>;
}
