import type { FrondError } from '../../errors.ts';
import type { LatencyHistogram } from '../../metrics/latency-histogram.ts';
import type { RangeStore } from '../../stores/range-store.ts';
import type { System } from '../../system/system.ts';
import type { FetchTimes } from './fetch-times.ts';
import type { SegmentKeeper } from './segment-keeper.ts';
import type { SegmentOptions } from './segment-options.ts';
import type { FetchMeter } from './segment-stats.ts';
import type { StoreCircuit } from './store-circuit.ts';

/** What the keepers of an allocator share. */
export interface KeeperContext {
  readonly store: RangeStore;
  readonly system: System;
  readonly options: SegmentOptions;
  readonly fetchLatency: LatencyHistogram;
  /** Counts the fetches of all keepers together. */
  readonly allFetches: FetchMeter;
  /** The store was found to have gone back behind the mark of a keeper. */
  readonly onRewind: () => void;
  /** So many IDs came of a range that another process had left. */
  readonly onLeftover: (ids: number) => void;
  readonly fetchTimes: FetchTimes;
  readonly circuit: StoreCircuit;
  /** The store does not know the tag any more; ends the keeper. */
  readonly onUnknown: (keeper: SegmentKeeper, error: FrondError) => void;
}
