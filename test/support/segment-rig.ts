import { SegmentAllocator } from '../../src/allocators/segment/segment-allocator.ts';
import type { SegmentOptions } from '../../src/allocators/segment/segment-options.ts';
import type { FrondError } from '../../src/errors.ts';
import { ScriptedRangeStore } from './scripted-range-store.ts';
import { VirtualSystem } from './virtual-system.ts';

export const SEGMENT_OPTIONS: SegmentOptions = {
  waitDeadlineMs: 2000,
  maxWaiters: 100,
  segmentTargetMs: 900_000,
  /** Every range has the step of the table, unless a test lets it grow. */
  stepMaxIds: 1,
  tagRefreshMs: 60_000,
  preloadTags: '',
};

export interface SegmentRig {
  readonly system: VirtualSystem;
  readonly store: ScriptedRangeStore;
  readonly allocator: SegmentAllocator;
}

/** A started allocator over a scripted store with tag `order`, in virtual time. */
export async function segmentRig(options: Partial<SegmentOptions> = {}, stepIds = 10): Promise<SegmentRig> {
  const system = new VirtualSystem();
  const store = new ScriptedRangeStore();
  await store.seed('order', stepIds);
  const allocator = new SegmentAllocator({ store, system, options: { ...SEGMENT_OPTIONS, ...options } });
  await allocator.start();
  store.calls.length = 0;
  return { system, store, allocator };
}

/** The error of a promise that must reject. */
export async function errorOf(promise: Promise<unknown>): Promise<FrondError> {
  try {
    await promise;
  } catch (error) {
    return error as FrondError;
  }
  throw new Error('expected a rejection');
}

/** The promise's outcome so far: its value, the code of its error, or `pending`. */
export function watched<T>(promise: Promise<T>): { readonly now: T | string } {
  const state: { now: T | string } = { now: 'pending' };
  promise.then(
    value => {
      state.now = value;
    },
    (error: FrondError) => {
      state.now = error.code;
    },
  );
  return state;
}
