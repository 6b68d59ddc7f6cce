/** The port for looking at worker IDs. Types and contracts only; the snowflake allocator is one. */

/** One worker ID that was ever used, as a person wants to see it. Times are Unix ms. */
export interface WorkerView {
  readonly workerId: number;
  readonly state: 'held' | 'released';
  /** Who held it last; a hint. */
  readonly owner: { readonly host: string; readonly port: number | null; readonly pid: number };
  /** Claims of this worker ID so far. */
  readonly incarnation: number;
  /** Writes under the present claim. */
  readonly renewal: number;
  readonly hwmMs: number;
  readonly boundMs: number;
  /** True when a starting instance may claim it now. */
  readonly free: boolean;
  /** Why it is or is not, in one clause. */
  readonly why: string;
  /** When time alone frees it; null when it is free, or when something else has to happen. */
  readonly freeAtMs: number | null;
}

export interface WorkerDirectory {
  /** In the order of worker IDs. @throws FrondError SLOT_STORE_UNAVAILABLE */
  listWorkers(): Promise<readonly WorkerView[]>;
}
