import { FrondError } from '../../errors.ts';
import { ID_MAX, type RangeStore, STRIDE_MAX, type TakenRange, type TakeTerms } from '../../stores/range-store.ts';
import { sizeOf } from './taken-range.ts';

/**
 * `RangeStore.take`, which refuses what no sound store answers: a range that was not asked for could overlap another.
 * @throws FrondError INTERNAL; what the store throws
 */
export async function takePossible(
  store: RangeStore,
  tag: string,
  askIds: number,
  terms: TakeTerms | undefined,
): Promise<TakenRange> {
  const range = await store.take(tag, askIds, terms);
  const { start, end, stride = 1n, isLeftover = false } = range;
  const isInBounds = start >= 0n && end <= ID_MAX && stride >= 1n && stride <= BigInt(STRIDE_MAX);
  const isWanted = isLeftover ? isWelcome(range, terms) : sizeOf(range) === BigInt(askIds);
  if (isInBounds && start < end && isWanted) return range;
  throw new FrondError('INTERNAL', {
    reason: `the store answered [${start}, ${end}) by ${stride} to a request for ${askIds} IDs`,
  });
}

function isWelcome({ start, stride = 1n }: TakenRange, terms: TakeTerms | undefined): boolean {
  const { leftovers } = terms ?? {};
  return leftovers !== undefined && start >= leftovers.notBelow && stride === 1n;
}
