import type { IdSource } from './allocators/allocator.ts';
import { type AnySource, FallbackSource } from './allocators/fallback.ts';
import { SegmentAllocator } from './allocators/segment/segment-allocator.ts';
import type { SegmentSource } from './allocators/segment/segment-source.ts';
import type { DecodedId } from './allocators/snowflake/decoded-id.ts';
import { SnowflakeAllocator } from './allocators/snowflake/snowflake-allocator.ts';
import type { TagDirectory } from './allocators/tag-directory.ts';
import type { TagSelection } from './allocators/tag-selection.ts';
import { UuidAllocator } from './allocators/uuid/uuid-allocator.ts';
import { type Config, type ConfigValues, resolveConfig } from './config.ts';
import { FrondError } from './errors.ts';
import type { RangeStore } from './stores/range-store.ts';
import { openRangeStore } from './stores/ranges/open.ts';
import { underCeiling } from './stores/ranges/open-ceiling.ts';
import type { SlotStore } from './stores/slot-store.ts';
import { openSlotProof, openSlotStore } from './stores/slots/open.ts';
import type { Logger } from './system/logger.ts';
import { realSystem, type System } from './system/system.ts';

/** The settings of the service by the same names, with stores also as instances of the ports. */
export type FrondOptions = Omit<ConfigValues, 'segmentStore' | 'workerSlots'> & {
  /** As FROND_SEGMENT_STORE, or a store of your own. */
  readonly segmentStore?: string | RangeStore | undefined;
  /** As FROND_WORKER_SLOTS, or a store of your own. */
  readonly workerSlots?: string | SlotStore | undefined;
  /** Where log lines go; nowhere by default. pino's loggers fit. */
  readonly logger?: Logger | undefined;
  /** Clock, timers and randomness, for tests and simulations. */
  readonly system?: Partial<System> | undefined;
};

function off(kind: string, setting: string): FrondError {
  return new FrondError('MODE_OFF', { kind, setting });
}

/** All allocators of one process over one configuration. */
export class Frond implements AsyncDisposable {
  readonly config: Config;
  readonly allocators: {
    readonly segment: SegmentAllocator | undefined;
    readonly snowflake: SnowflakeAllocator | undefined;
    readonly uuid: UuidAllocator;
  };
  /** UUIDs of version 7, strictly increasing in this process; always available. */
  readonly uuid: IdSource<string, readonly string[]>;
  /** UUIDs of version 4 (random); always available. */
  readonly uuidV4: IdSource<string, readonly string[]>;

  constructor(config: Config, allocators: Frond['allocators']) {
    this.config = config;
    this.allocators = allocators;
    this.uuid = allocators.uuid.v7;
    this.uuidV4 = allocators.uuid.v4;
  }

  /**
   * The source of segment IDs of a tag; keep it for tight loops.
   * @throws FrondError MODE_OFF, INVALID_ARGUMENT (tag name)
   */
  segment(tag: string): SegmentSource {
    const { segment } = this.allocators;
    if (segment === undefined) throw off('segment', 'segmentStore');
    return segment.source(tag);
  }

  /** The source of snowflake IDs. @throws FrondError MODE_OFF */
  get snowflake(): IdSource {
    const { snowflake } = this.allocators;
    if (snowflake === undefined) throw off('snowflake', 'workerSlots');
    return snowflake.source();
  }

  /** Creates, changes, lists and retires tags. @throws FrondError MODE_OFF */
  get tags(): TagDirectory {
    const { segment } = this.allocators;
    if (segment === undefined) throw off('segment', 'segmentStore');
    return segment;
  }

  /** What a snowflake ID says under this layout. @throws FrondError MODE_OFF, INVALID_ARGUMENT */
  decode(id: bigint): DecodedId {
    const { snowflake } = this.allocators;
    if (snowflake === undefined) throw off('snowflake', 'workerSlots');
    return snowflake.decode(id);
  }

  /** Sources in the order in which they may stand in for one another. */
  fallback(...sources: readonly AnySource[]): FallbackSource {
    return new FallbackSource(sources);
  }

  /**
   * Resolves when each kind gives IDs or is known to refuse for now.
   * @throws FrondError for what no waiting mends (see `Allocator.start`)
   */
  async start(): Promise<void> {
    const { segment, snowflake } = this.allocators;
    await Promise.all([segment?.start(), snowflake?.start()]);
  }

  /** Gives everything back; idempotent. */
  async close(): Promise<void> {
    const { segment, snowflake } = this.allocators;
    await Promise.all([segment?.stop(), snowflake?.stop()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Plain objects for people and tools.
   * @param selection which tags are shown: the busiest hundred unless it says otherwise
   */
  status(selection?: TagSelection): { segment: object | 'off'; snowflake: object | 'off'; uuid: object } {
    const { segment, snowflake, uuid } = this.allocators;
    return {
      segment: segment?.status(selection) ?? 'off',
      snowflake: snowflake?.status() ?? 'off',
      uuid: uuid.status(),
    };
  }
}

async function storesOf(options: FrondOptions, config: Config, system: System) {
  const { segmentStore, workerSlots } = options;
  const bare = typeof segmentStore === 'object' ? segmentStore : await openRangeStore(config, system);
  const ranges = bare && (await underCeiling(bare, config, system));
  const slots = typeof workerSlots === 'object' ? workerSlots : await openSlotStore(config, system);
  const proof = typeof workerSlots === 'object' || slots === undefined ? undefined : await openSlotProof(config, slots);
  return { ranges, slots, proof };
}

/**
 * All parts wired together and not yet started.
 * @throws FrondError INVALID_CONFIG
 */
export async function buildFrond(options: FrondOptions, label?: (name: string) => string): Promise<Frond> {
  const { logger, system: overrides, segmentStore, workerSlots, ...values } = options;
  const system: System = { ...realSystem, ...(logger === undefined ? {} : { logger }), ...overrides };
  const named = {
    ...values,
    // An instance of a port stands for itself; for the settings it is as if the mode had no address.
    ...(segmentStore === undefined ? {} : { segmentStore: typeof segmentStore === 'string' ? segmentStore : 'off' }),
    ...(workerSlots === undefined ? {} : { workerSlots: typeof workerSlots === 'string' ? workerSlots : 'off' }),
  };
  const config = resolveConfig(named, label ?? (name => name));
  const { ranges, slots, proof } = await storesOf(options, config, system);
  return new Frond(config, {
    segment: ranges && new SegmentAllocator({ store: ranges, system, options: config }),
    snowflake: slots && new SnowflakeAllocator({ store: slots, proof, system, options: config }),
    uuid: new UuidAllocator(system),
  });
}

/**
 * Frond inside your process: no HTTP, no output, no signal handlers. Resolves when IDs can be given, or when it is
 * certain that some cannot be given yet; their calls then say why, and start to work by themselves.
 * @throws FrondError INVALID_CONFIG, and what no waiting mends: LAYOUT_MISMATCH, STORE_NOT_INITIALISED, STORE_DAMAGED
 */
export async function createFrond(options: FrondOptions = {}): Promise<Frond> {
  const frond = await buildFrond(options);
  try {
    await frond.start();
  } catch (error) {
    await frond.close();
    throw error;
  }
  return frond;
}
