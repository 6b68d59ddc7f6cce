import { FrondError } from '../../errors.ts';
import { ID_MAX, STRIDE_MAX, type TakenRange } from '../../stores/range-store.ts';
import { sizeOf } from './taken-range.ts';

/** Refuses what no sound store answers: a range that was not asked for could overlap another. @throws FrondError INTERNAL */
export function requirePossible(range: TakenRange, askedIds: number): void {
  const { start, end, stride = 1n } = range;
  const isInBounds = start >= 0n && end <= ID_MAX && stride >= 1n && stride <= BigInt(STRIDE_MAX);
  if (isInBounds && start < end && sizeOf(range) === BigInt(askedIds)) return;
  throw new FrondError('INTERNAL', {
    reason: `the store answered [${start}, ${end}) by ${stride} to a request for ${askedIds} IDs`,
  });
}
