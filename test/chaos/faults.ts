import type { Prng } from '../sim/prng.ts';

type Bounds = readonly [min: number, max: number];

interface FaultRow {
  readonly weight: number;
  /** How long it lasts, ms. */
  readonly holdMs: Bounds;
  /** The delay or the step of the clock, ms. */
  readonly amountMs?: Bounds;
}

/** Everything that can go wrong, and how often. The services run with an allowance of 8 s. */
export const FAULTS = {
  'kill and restart': { weight: 4, holdMs: [0, 1500] },
  'terminate and restart': { weight: 3, holdMs: [0, 1000] },
  freeze: { weight: 4, holdMs: [500, 4000] },
  'freeze past the allowance': { weight: 1, holdMs: [8500, 11_000] },
  'freeze, then kill and restart': { weight: 1, holdMs: [500, 3000] },
  'cut connections': { weight: 3, holdMs: [0, 0] },
  'silent network': { weight: 3, holdMs: [300, 4000] },
  'slow network': { weight: 2, holdMs: [300, 3000], amountMs: [20, 400] },
  'clock back': { weight: 4, holdMs: [300, 4000], amountMs: [50, 3000] },
  'clock ahead': { weight: 3, holdMs: [300, 4000], amountMs: [50, 4000] },
  'ZooKeeper frozen': { weight: 1, holdMs: [1000, 3000] },
  'ZooKeeper killed and restarted': { weight: 1, holdMs: [0, 1000] },
} as const satisfies Record<string, FaultRow>;

export type FaultKind = keyof typeof FAULTS;

export interface Fault {
  readonly kind: FaultKind;
  /** Index of the process that it strikes; without meaning for faults of ZooKeeper. */
  readonly target: number;
  readonly holdMs: number;
  readonly amountMs: number;
  /** Wait before the next fault. */
  readonly pauseMs: number;
}

const KINDS = Object.keys(FAULTS) as FaultKind[];
const LOTS = KINDS.flatMap(kind => Array<FaultKind>(FAULTS[kind].weight).fill(kind));

/** The next fault that the seed holds; always the same number of draws. */
export function drawFault(random: Prng, processes: number): Fault {
  const kind = random.pick(LOTS);
  const row: FaultRow = FAULTS[kind];
  return {
    kind,
    target: random.int(0, processes - 1),
    holdMs: random.int(...row.holdMs),
    amountMs: random.int(...(row.amountMs ?? [0, 0])),
    pauseMs: random.int(200, 1000),
  };
}
