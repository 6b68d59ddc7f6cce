import type { SnowflakeOptions } from '../../src/allocators/snowflake/snowflake-allocator.ts';
import { FAULTS, type FaultName } from './faults.ts';
import type { Prng } from './prng.ts';
import type { SlotServerTraits } from './slot-server.ts';

/** What a seed's world is made of. */
export interface Plan extends SlotServerTraits {
  readonly machines: number;
  /** On all machines together. */
  readonly processes: number;
  readonly options: SnowflakeOptions & { readonly workerBits: number; readonly sequenceBits: number };
  /** How long faults happen. */
  readonly stormMs: number;
  /** Mean time between two callers of a process. */
  readonly callEveryMs: number;
  /** The mean time between two faults of each kind; those not named do not happen. */
  readonly faults: ReadonlyMap<FaultName, number>;
}

export const RENEW_INTERVAL_MS = 1000;
export const LOOKAHEAD_MS = 3000;
export const START_WAIT_MAX_MS = 5000;
export const ROLLBACK_LIMIT_MS = 5000;
export const FORWARD_CONFIRM_MS = 10_000;
export const OP_TIMEOUT_MS = 1500;

export interface PlanWishes {
  readonly provesDeath?: boolean | undefined;
  readonly faults?: readonly FaultName[] | undefined;
}

/** Each seed has some kinds of fault and not others: what one kind hides, its absence shows. */
export function planOf(prng: Prng, wishes: PlanWishes): Plan {
  const drawn = prng.chance(0.4);
  const provesDeath = wishes.provesDeath ?? drawn;
  const machines = provesDeath ? 1 : prng.int(1, 4);
  const processes = Math.max(machines, prng.int(2, 5));
  const faults = new Map<FaultName, number>();
  for (const name of Object.keys(FAULTS) as FaultName[]) {
    const { everyMs, kind } = FAULTS[name];
    const happens = prng.chance(0.35);
    const meanMs = everyMs * (0.5 + prng.exponential(1));
    const fits = kind === undefined || (kind === 'proof') === provesDeath;
    if (fits && (happens || wishes.faults?.includes(name))) faults.set(name, meanMs);
  }
  return {
    provesDeath,
    machines,
    processes,
    sessionMs: prng.pick([1, 4000, 10_000]),
    hasTime: !provesDeath && prng.chance(0.8),
    stormMs: prng.pick([10_000, 20_000, 40_000]),
    callEveryMs: prng.pick([100, 200, 500]),
    faults,
    options: {
      renewIntervalMs: RENEW_INTERVAL_MS,
      lookaheadMs: LOOKAHEAD_MS,
      startWaitMaxMs: START_WAIT_MAX_MS,
      rollbackLimitMs: ROLLBACK_LIMIT_MS,
      forwardConfirmMs: FORWARD_CONFIRM_MS,
      opTimeoutMs: OP_TIMEOUT_MS,
      allowanceMs: prng.pick([0, 2000, 8000, 20_000]),
      workerBits: prng.pick([1, 1, 2, 3]),
      sequenceBits: prng.pick([2, 4, 7, 12]),
      owner: { host: 'simulated', port: null, pid: 1 },
    },
  };
}
