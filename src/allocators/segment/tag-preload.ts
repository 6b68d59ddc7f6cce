import { ERRORS } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import type { SegmentOptions } from './segment-options.ts';
import type { TagRoster } from './tag-roster.ts';

/** Fetches at a time: a connection is left for callers in a pool of the default size. */
const FETCHING_MAX = 3;

/**
 * Fetches the first range of each tag that `preloadTags` names. Resolves when that is done or `waitDeadlineMs` has
 * passed, and then goes on in the background; never rejects.
 */
export function preloadTags(roster: TagRoster, system: System, options: SegmentOptions): Promise<void> {
  const names = options.preloadTags;
  if (names === '') return Promise.resolve();
  const tags = new Set(names === '*' ? roster.tags : names.split(','));
  return new Promise(resolve => {
    const cancel = system.timers.after(options.waitDeadlineMs, resolve);
    fetchAll(tags, roster, system).then(() => {
      cancel();
      resolve();
    });
  });
}

/** Ends early when the store fails: the fetches under way are tried again, the others wait for the first use. */
async function fetchAll(tags: ReadonlySet<string>, roster: TagRoster, { logger }: System): Promise<void> {
  // The workers share one iterator.
  const queue = tags.values();
  let failure: string | undefined;
  const work = async () => {
    for (const tag of queue) {
      const keeper = roster.keeperOf(tag);
      if (keeper === undefined) {
        logger.warn({ tag }, 'a tag to be preloaded does not exist');
        continue;
      }
      keeper.advance();
      await keeper.idle;
      if (roster.isEnded) return;
      const code = keeper.stats().failure;
      if (code !== undefined && ERRORS[code].retryable) failure = code;
      if (failure !== undefined) return;
    }
  };
  await Promise.all(Array.from({ length: FETCHING_MAX }, work));
  if (failure !== undefined) logger.warn({ code: failure }, 'not all tags could be preloaded');
}
