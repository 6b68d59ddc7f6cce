import type { SnowflakeOptions } from '../../src/allocators/snowflake/snowflake-allocator.ts';
import { FAULTS, type FaultName } from './faults.ts';
import type { Prng } from './prng.ts';
import type { SlotServerTraits } from './slot-server.ts';

/** What a seed's world is made of. */
export interface Plan extends SlotServerTraits {
  /** The slots are in a simulated ZooKeeper, below the real adapter; else in a model at the port of a slot store. */
  readonly zookeeper: boolean;
  /** Whether processes keep a record on their host, and may start from that alone. */
  readonly places: 'none' | 'kept' | 'offline';
  readonly unlocked: boolean;
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
  /** Which of the two the slots are in. */
  readonly zookeeper?: boolean | undefined;
  /** Of the model. */
  readonly provesDeath?: boolean | undefined;
  readonly places?: Plan['places'] | undefined;
  readonly faults?: readonly FaultName[] | undefined;
  /** How many times as often these faults come as they do otherwise. */
  readonly pace?: number | undefined;
  /** Places have no locks. */
  readonly unlocked?: boolean | undefined;
}

/** Each seed has some kinds of fault and not others: what one kind hides, its absence shows. */
export function planOf(prng: Prng, wishes: PlanWishes): Plan {
  const drawn = prng.chance(0.4);
  const { zookeeper = false } = wishes;
  const provesDeath = zookeeper ? false : (wishes.provesDeath ?? drawn);
  const places = provesDeath ? 'none' : (wishes.places ?? prng.pick(['none', 'kept', 'kept', 'offline']));
  const machines = provesDeath ? 1 : prng.int(1, 4);
  const processes = Math.max(machines, prng.int(2, 5));
  const faults = new Map<FaultName, number>();
  for (const name of Object.keys(FAULTS) as FaultName[]) {
    const { everyMs, kind } = FAULTS[name];
    if ((kind === 'zookeeper' && !zookeeper) || (kind === 'places' && places === 'none')) continue;
    // A copy that a start goes on from alone cannot be told from the original: a stated risk.
    if (name === 'oldRecord' && places === 'offline') continue;
    const happens = prng.chance(0.35);
    const meanMs = everyMs * (0.5 + prng.exponential(1));
    const fits = kind === undefined || kind === 'zookeeper' || kind === 'places' || (kind === 'proof') === provesDeath;
    const wished = wishes.faults?.includes(name) === true;
    if (fits && (happens || wished)) faults.set(name, wished ? meanMs / (wishes.pace ?? 1) : meanMs);
  }
  return {
    zookeeper,
    provesDeath,
    places,
    unlocked: wishes.unlocked ?? false,
    machines,
    processes,
    sessionMs: prng.pick([zookeeper ? 4000 : 1, 4000, 10_000]),
    hasTime: !provesDeath && (prng.chance(0.8) || zookeeper),
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
      offlineStart: places === 'offline' ? 'on' : 'off',
      // Drawn last, and only here: worlds without places stay as they were.
      slotOnStop: places !== 'none' && prng.chance(0.3) ? 'park' : 'release',
      owner: { host: 'simulated', port: null, pid: 1 },
    },
  };
}
