import type { IdSource } from '../allocators/allocator.ts';
import type { AnySource } from '../allocators/fallback.ts';
import { sleep, type Timers } from '../system/timers.ts';

/** UUIDs made without giving other requests a turn: 2 to 3 milliseconds' work. */
const SLICE_IDS = 8192;

type UuidSource = IdSource<string, readonly string[]>;

/**
 * The same source; of UUIDs, which cost time each, large batches are made a slice at a time with turns for others
 * between.
 */
export function slicedUuids(source: AnySource, timers: Timers): AnySource {
  if (source.kind !== 'uuid') return source;
  const uuids = source as UuidSource;
  return {
    kind: 'uuid',
    tryNext: () => uuids.tryNext(),
    next: options => uuids.next(options),
    async nextMany(count, options) {
      if (count <= SLICE_IDS) return uuids.nextMany(count, options);
      const all: string[] = [];
      while (all.length < count) {
        if (all.length > 0) await sleep(timers, 0, options?.signal);
        all.push(...(await uuids.nextMany(Math.min(SLICE_IDS, count - all.length), options)));
      }
      return all;
    },
  };
}
