import { type FrondError, toFrondError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { sleep } from '../../system/timers.ts';
import type { SegmentKeeper } from './segment-keeper.ts';

/** A stop waits no longer than this for the store to take unused IDs back. */
const LIMIT_MS = 2000;
/** Calls to the store at a time. */
const CALLS_MAX = 4;

export interface GivenBack {
  readonly ids: number;
  readonly tags: number;
}

/**
 * Gives back what ended keepers have left. A store that fails once is not asked again, so that a dead one costs one
 * deadline at most; what is not given back is a gap.
 */
export async function giveBackAll(keepers: readonly SegmentKeeper[], system: System): Promise<GivenBack> {
  const tally = { ids: 0, tags: 0 };
  const rest = keepers.values();
  let failure: FrondError | undefined;
  let isOver = false;
  const worker = async () => {
    for (const keeper of rest) {
      if (isOver) return;
      try {
        const ids = await keeper.giveBack();
        tally.ids += ids;
        if (ids > 0) tally.tags++;
      } catch (error) {
        failure ??= toFrondError(error);
        isOver = true;
      }
    }
  };
  const limit = new AbortController();
  const timeout = sleep(system.timers, LIMIT_MS, limit.signal).catch(() => {});
  await Promise.race([Promise.all(Array.from({ length: CALLS_MAX }, worker)), timeout]);
  isOver = true;
  limit.abort();
  const fields = { ...tally, ...(failure && { code: failure.code, reason: failure.message }) };
  if (tally.ids > 0 || failure !== undefined)
    system.logger.info(fields, 'unused IDs were given back to the range store');
  return { ...tally };
}
