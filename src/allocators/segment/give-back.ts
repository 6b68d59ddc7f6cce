import { type FrondError, toFrondError } from '../../errors.ts';
import type { KeeperContext } from './keeper-context.ts';
import type { SegmentKeeper } from './segment-keeper.ts';
import { StopTurns } from './stop-turns.ts';

/** A stop waits no longer than this for the store to take unused IDs back. */
const LIMIT_MS = 2000;
/** Calls to the store at a time. */
const CALLS_MAX = 4;

/** Why a store that answers takes nothing. */
const OVERTAKEN =
  'other processes have taken ranges above them, and the store keeps nothing for the next one: it was restarted or went back since, or a ceiling or further primaries are in use';

export interface GivenBack {
  /** They went back: the next range begins with them. */
  readonly ids: number;
  /** They were left for a process that starts soon. */
  readonly leftIds: number;
  /** Those that either happened to. */
  readonly tags: number;
}

type StopContext = Pick<KeeperContext, 'store' | 'system' | 'options'>;

/** What the store is asked of each keeper, call by call, for as long as it is due. */
interface Pass {
  readonly counts: 'ids' | 'leftIds';
  readonly isDue: (keeper: SegmentKeeper, context: StopContext) => boolean;
  /** @returns how many IDs went back, or were left */
  readonly call: (keeper: SegmentKeeper, context: StopContext) => Promise<number>;
}

const PASSES: readonly Pass[] = [
  {
    counts: 'ids',
    isDue: ({ leftover }) => leftover.mayGoBack,
    call: ({ leftover, tag }, { store }) => leftover.giveBack(store, tag),
  },
  {
    counts: 'leftIds',
    isDue: ({ leftover }, { store }) => leftover.mayBeLeft && store.leave !== undefined,
    call: ({ leftover, tag }, { store, options }) => leftover.leave(store, tag, options.segmentTargetMs),
  },
];

/**
 * Gives back what ended keepers have, and then leaves what did not go back: that takes several times as long, and shall
 * keep nothing from going back. A store that fails once is not asked again, so that a dead one costs one deadline at
 * most; the rest is a gap.
 */
export async function giveBackAll(keepers: readonly SegmentKeeper[], context: StopContext): Promise<GivenBack> {
  const sums = { ids: 0, leftIds: 0 };
  const tags = new Set<SegmentKeeper>();
  const unusedIds = keepers.reduce((sum, { leftover }) => sum + leftover.ids, 0);
  const turns = new StopTurns(context.system, LIMIT_MS);
  let failure: FrondError | undefined;
  const work = async (rest: Iterable<SegmentKeeper>, { counts, isDue, call }: Pass) => {
    for (const keeper of rest) {
      while (isDue(keeper, context)) {
        await turns.next();
        if (turns.isOver || failure !== undefined) return;
        const ids = await call(keeper, context);
        sums[counts] += ids;
        if (ids > 0) tags.add(keeper);
      }
    }
  };
  const worker = (rest: Iterable<SegmentKeeper>, pass: Pass) =>
    work(rest, pass).catch((error: unknown) => {
      failure ??= toFrondError(error);
    });
  const workAll = async () => {
    for (const pass of PASSES) {
      const rest = keepers.values();
      await Promise.all(Array.from({ length: CALLS_MAX }, () => worker(rest, pass)));
    }
  };
  await Promise.race([workAll(), turns.limit]);
  const isCut = turns.isOver;
  turns.end();
  const given = { ...sums, tags: tags.size };
  // At most: a call that failed, or is still under way, may have been carried out.
  const gapIds = unusedIds - given.ids - given.leftIds;
  const why = failure ?? { message: isCut ? `the store took longer than ${LIMIT_MS} ms` : OVERTAKEN };
  const reason = gapIds > 0 ? why.message : undefined;
  const fields = { ...given, gapIds, ...(failure && { code: failure.code }), ...(reason && { reason }) };
  const { logger } = context.system;
  const done = 'unused IDs were given back to the range store, or left there';
  if (given.tags > 0) logger.info(fields, gapIds > 0 ? `${done}; the others are a gap` : done);
  else if (failure !== undefined) logger.warn(fields, 'unused IDs could not be given back: they are a gap');
  else if (gapIds > 0) logger.info(fields, 'unused IDs could neither be given back nor left: they are a gap');
  return given;
}
