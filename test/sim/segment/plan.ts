import type { SegmentOptions } from '../../../src/allocators/segment/segment-options.ts';
import type { Prng } from '../prng.ts';
import { SEGMENT_FAULTS, type SegmentFaultName } from './faults.ts';

/** A client gives a call up after so long. */
export const CALL_TIMEOUT_MS = 1000;

export interface SegmentPlan {
  /** Databases that share the numbers; 1 for a database alone. */
  readonly primaries: number;
  readonly ceiling: 'none' | 'required' | 'preferred';
  /** The databases keep what they have acknowledged. */
  readonly keeps: boolean;
  readonly machines: number;
  readonly processes: number;
  /** With the step and the maxId that each begins with. */
  readonly tags: ReadonlyMap<string, { readonly stepIds: number; readonly maxId: bigint }>;
  readonly options: SegmentOptions;
  /** How long faults happen. */
  readonly stormMs: number;
  /** Mean time between two callers of a process. */
  readonly callEveryMs: number;
  /** The mean time between two faults of each kind; those not named do not happen. */
  readonly faults: ReadonlyMap<SegmentFaultName, number>;
  /** All primaries give the IDs of one class. */
  readonly sameResidue: boolean;
}

export interface SegmentWishes {
  readonly primaries?: number | undefined;
  readonly ceiling?: SegmentPlan['ceiling'] | undefined;
  readonly keeps?: boolean | undefined;
  readonly faults?: readonly SegmentFaultName[] | undefined;
  readonly sameResidue?: boolean | undefined;
}

/** Each seed has some kinds of fault and not others: what one kind hides, its absence shows. */
export function segmentPlanOf(prng: Prng, wishes: SegmentWishes): SegmentPlan {
  const primaries = wishes.primaries ?? prng.pick([1, 1, 1, 2, 3]);
  const ceiling = wishes.ceiling ?? prng.pick(['none', 'none', 'required', 'required', 'preferred']);
  const keeps = wishes.keeps ?? prng.chance(0.35);
  const faults = new Map<SegmentFaultName, number>();
  for (const name of Object.keys(SEGMENT_FAULTS) as SegmentFaultName[]) {
    const { everyMs, where } = SEGMENT_FAULTS[name];
    const fits =
      where === undefined ||
      (where === 'forgets' && !keeps) ||
      (where === 'primaries' && primaries > 1) ||
      (where === 'ceiling' && ceiling !== 'none');
    const happens = prng.chance(0.4);
    const meanMs = everyMs * (0.5 + prng.exponential(1));
    const wished = wishes.faults?.includes(name) === true;
    if (fits && (happens || wished)) faults.set(name, wished ? everyMs / 2 : meanMs);
  }
  const tags = new Map<string, { stepIds: number; maxId: bigint }>();
  const nearTheEnd = prng.chance(0.1);
  for (let i = prng.int(1, 4); i > 0; i--) {
    const maxId =
      i === 1 && nearTheEnd ? 2n ** 63n - BigInt(prng.int(50, 3000)) : prng.pick([1n, 1n, 2n ** 53n - 200n]);
    tags.set(`t${i}`, { stepIds: prng.pick([1, 5, 20, 50]), maxId });
  }
  return {
    primaries,
    ceiling,
    keeps,
    machines: prng.int(1, 3),
    processes: prng.int(2, 4),
    tags,
    stormMs: prng.pick([5000, 8000, 12_000]),
    callEveryMs: prng.pick([80, 250, 500]),
    faults,
    sameResidue: wishes.sameResidue ?? false,
    options: {
      waitDeadlineMs: prng.pick([300, 1500]),
      maxWaiters: prng.pick([2, 100]),
      segmentTargetMs: prng.pick([500, 3000]),
      stepMaxIds: prng.pick([40, 150]),
      tagRefreshMs: prng.pick([700, 3000]),
      preloadTags: prng.pick(['', '*']),
    },
  };
}
