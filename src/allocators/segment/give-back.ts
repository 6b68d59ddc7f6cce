import { type FrondError, toFrondError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { sleep } from '../../system/timers.ts';
import type { Returned } from './leftover.ts';
import type { SegmentKeeper } from './segment-keeper.ts';

/** A stop waits no longer than this for the store to take unused IDs back. */
const LIMIT_MS = 2000;
/** Calls to the store at a time. */
const CALLS_MAX = 4;

export interface GivenBack extends Readonly<Returned> {
  /** Those that either happened to. */
  readonly tags: number;
}

/**
 * Gives back what ended keepers have, or leaves it. A store that fails once is not asked again, so that a dead one costs
 * one deadline at most; the rest is a gap.
 */
export async function giveBackAll(keepers: readonly SegmentKeeper[], system: System): Promise<GivenBack> {
  const tally = { ids: 0, leftIds: 0, tags: 0 };
  const rest = keepers.values();
  let failure: FrondError | undefined;
  let isOver = false;
  const worker = async () => {
    for (const keeper of rest) {
      if (isOver) return;
      const returned = { ids: 0, leftIds: 0 };
      try {
        await keeper.giveBack(returned);
      } catch (error) {
        failure ??= toFrondError(error);
        isOver = true;
      }
      tally.ids += returned.ids;
      tally.leftIds += returned.leftIds;
      if (returned.ids + returned.leftIds > 0) tally.tags++;
    }
  };
  const limit = new AbortController();
  const timeout = sleep(system.timers, LIMIT_MS, limit.signal).catch(() => {});
  await Promise.race([Promise.all(Array.from({ length: CALLS_MAX }, worker)), timeout]);
  isOver = true;
  limit.abort();
  const fields = { ...tally, ...(failure && { code: failure.code, reason: failure.message }) };
  if (tally.tags > 0 || failure !== undefined)
    system.logger.info(fields, 'unused IDs were given back to the range store, or left there');
  return { ...tally };
}
