/** The public names of the embedded module. What an older Node lacks is imported later, so this much it can say. */
import { nodeTooOld } from './system/node-version.ts';

export type {
  Allocator,
  AllocatorState,
  IdKind,
  IdRange,
  IdSource,
  WaitOptions,
} from './allocators/allocator.ts';

export type { AnsweredBatch, AnsweredId, AnySource } from './allocators/fallback.ts';
export { FallbackSource } from './allocators/fallback.ts';
export { countOf, idsOf } from './allocators/id-ranges.ts';
export type { SegmentSource } from './allocators/segment/segment-source.ts';
export type { DecodedId } from './allocators/snowflake/decoded-id.ts';
export type { TagDirectory } from './allocators/tag-directory.ts';
export type { TagOrder, TagSelection } from './allocators/tag-selection.ts';
export type { WorkerDirectory, WorkerView } from './allocators/worker-directory.ts';
export type { Config, ConfigValues, SettingName } from './config.ts';
export type { ErrorCode, ErrorDetails, FrondErrorOptions } from './errors.ts';
export { ERRORS, FrondError } from './errors.ts';
export type { Frond, FrondOptions } from './frond.ts';
export { createFrond } from './frond.ts';
export type { MetricsOptions } from './metrics/registry.ts';
export { createMetrics } from './metrics/registry.ts';
export type {
  CeilingHealth,
  LeftoverTerms,
  PrimaryHealth,
  RangeStore,
  StoreHealth,
  TagChange,
  TagPatch,
  TagRecord,
  TakenRange,
  TakeTerms,
} from './stores/range-store.ts';
export type { Slot, SlotData, SlotLayout, SlotOwner, SlotStore } from './stores/slot-store.ts';
export type { Clock } from './system/clock.ts';
export type { Logger } from './system/logger.ts';
export type { Random } from './system/random.ts';
export type { System } from './system/system.ts';
export type { Cancel, Timers } from './system/timers.ts';

const reason = nodeTooOld();
if (reason !== undefined) throw new Error(reason);
