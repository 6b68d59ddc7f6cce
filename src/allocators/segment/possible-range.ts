import { FrondError } from '../../errors.ts';
import { ID_MAX, type TakenRange } from '../../stores/range-store.ts';

/** Refuses what no sound store answers: a range that was not asked for could overlap another. @throws FrondError INTERNAL */
export function requirePossible({ start, end }: TakenRange, askedIds: number): void {
  if (end - start === BigInt(askedIds) && start >= 0n && end <= ID_MAX) return;
  throw new FrondError('INTERNAL', {
    reason: `the store answered [${start}, ${end}) to a request for ${askedIds} IDs`,
  });
}
