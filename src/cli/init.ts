import { loadConfig } from '../config.ts';
import { FrondError, requireInteger } from '../errors.ts';
import { realSystem } from '../system/system.ts';

/** The flags of `frond init`; what is not given comes from the environment. */
export interface InitFlags {
  readonly segmentStore?: string;
  readonly workerSlots?: string;
  readonly epochMs?: string;
  readonly floorMs?: string;
  readonly importLeaf?: string;
}

/**
 * Creates what several instances share, in each store that needs it. With a store among the flags, only in those.
 * @returns what to tell the operator, a line for each store
 * @throws FrondError INVALID_CONFIG when no store needs it, and what the stores throw
 */
export async function init(flags: InitFlags, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { segmentStore, workerSlots, epochMs } = flags;
  const given = Object.entries({ segmentStore, workerSlots, epochMs }).filter(([, value]) => value !== undefined);
  const config = loadConfig(env, Object.fromEntries(given));
  const floorMs =
    flags.floorMs === undefined
      ? undefined
      : requireInteger('--floor-ms', Number(flags.floorMs), 0, Number.MAX_SAFE_INTEGER);
  const both = segmentStore === undefined && workerSlots === undefined;
  const lines: string[] = [];
  if ((both || segmentStore !== undefined) && config.segmentStore.startsWith('mysql:')) {
    const { initMysql } = await import('../stores/ranges/init-mysql.ts');
    await initMysql(config.segmentStore);
    lines.push('leaf_alloc is there; add a tag with PUT /tags/:tag once a server runs');
  }
  if ((both || workerSlots !== undefined) && config.workerSlots.startsWith('zookeeper:')) {
    const { initZookeeper } = await import('../stores/slots/init-zookeeper.ts');
    const { importLeaf } = flags;
    const created = await initZookeeper(config.workerSlots, config, realSystem, { floorMs, importLeaf });
    lines.push(created ? 'the tree of worker slots was made' : 'the tree of worker slots is there already, unchanged');
  }
  if (lines.length > 0) return lines;
  throw new FrondError('INVALID_CONFIG', {
    setting: segmentStore === undefined && workerSlots !== undefined ? '--worker-slots' : '--segment-store',
    problem:
      'names no store that needs init; expected --segment-store mysql://user:password@host:3306/database, or --worker-slots zookeeper://host:2181/tree',
  });
}
