import { SegmentAllocator } from '../src/allocators/segment/segment-allocator.ts';
import { realSystem } from '../src/system/system.ts';
import { SEGMENT_OPTIONS } from '../test/support/segment-rig.ts';
import { SlowRangeStore } from '../test/support/slow-range-store.ts';
import { pairedRatio, spread } from './statistics.ts';

const ROUNDS = 8;
const SECONDS = 5;
const IDS_PER_SECOND = 20_000;
const WARM_UP_IDS = 3_000_000;
const WARM_UP_STEP_IDS = 10_000;
/** By default a range lasts a quarter of an hour; these are there to be seen changing. The last never ends. */
const CASES = [
  { name: 'ranges of half a second', stepIds: 10_000 },
  { name: 'ranges of five seconds', stepIds: 100_000 },
  { name: 'one range', stepIds: 2 ** 30 },
];

/** Durations of `next` in milliseconds, each call at its time or as soon after as the loop allows. */
async function durations(stepIds: number): Promise<{ readonly sortedMs: Float64Array; readonly fetches: number }> {
  let latencyMs = 1;
  const store = new SlowRangeStore(realSystem, () => latencyMs);
  await store.putTag('warm', { stepIds: WARM_UP_STEP_IDS });
  await store.putTag('order', { stepIds });
  const allocator = new SegmentAllocator({ store, system: realSystem, options: SEGMENT_OPTIONS });
  await allocator.start();
  const warm = allocator.source('warm');
  // So many range switches that the compiler knows them, as in a server that runs for a while.
  for (let i = 0; i < WARM_UP_IDS; i++) if (warm.tryNext() === undefined) await warm.next();
  const source = allocator.source('order');
  await source.next();
  latencyMs = 50;
  await new Promise(resolve => setTimeout(resolve, 200));
  const before = store.attempts;
  const sortedMs = new Float64Array(IDS_PER_SECOND * SECONDS);
  const startMs = performance.now();
  for (let done = 0; done < sortedMs.length; ) {
    const due = Math.min(sortedMs.length, ((performance.now() - startMs) * IDS_PER_SECOND) / 1000);
    while (done < due) {
      const askedMs = performance.now();
      await source.next();
      sortedMs[done++] = performance.now() - askedMs;
    }
    await new Promise(resolve => setImmediate(resolve));
  }
  const fetches = store.attempts - before;
  await allocator.stop();
  return { sortedMs: sortedMs.sort(), fetches };
}

/** Quantiles with range switches and without any, by turns. @param rounds default 8 */
export async function rangeSwitchRows(rounds = ROUNDS) {
  const results = CASES.map(() => [] as Awaited<ReturnType<typeof durations>>[]);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { stepIds }] of CASES.entries()) results[i]!.push(await durations(stepIds));
  }
  const micros = (i: number, fraction: number) =>
    results[i]!.map(({ sortedMs }) => sortedMs[Math.ceil(sortedMs.length * fraction) - 1]! * 1000);
  return CASES.map(({ name }, i) => ({
    ranges: name,
    fetches: String(results[i]!.reduce((sum, each) => sum + each.fetches, 0)),
    p50: spread(micros(i, 0.5), 1),
    'p99.9': spread(micros(i, 0.999), 1),
    'p99.99': spread(micros(i, 0.9999), 1),
    'p99.99 over one range': pairedRatio(micros(i, 0.9999), micros(CASES.length - 1, 0.9999)).toFixed(2),
  }));
}
