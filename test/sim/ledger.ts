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

export function newLedger(name: string): Ledger {
  return { name, machine: '', ended: false, tokens: [], claims: new Map(), lastId: -1n, lastMs: 0, maxWallMs: 0 };
}
