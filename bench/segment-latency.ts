import { SegmentAllocator } from '../src/allocators/segment/segment-allocator.ts';
import { realSystem } from '../src/system/system.ts';
import { SEGMENT_OPTIONS } from '../test/support/segment-rig.ts';
import { SlowRangeStore } from '../test/support/slow-range-store.ts';
import { spread } from './statistics.ts';

const ROUNDS = 4;
const SECONDS = 3;
const IDS_PER_SECOND = 20_000;
const WARM_UP_IDS = 3_000_000;

/** Durations of `next` in milliseconds, each call at its time or as soon after as the loop allows. */
async function durations(stepIds: number): Promise<{ readonly sortedMs: Float64Array; readonly fetches: number }> {
  let latencyMs = 1;
  const store = new SlowRangeStore(realSystem, () => latencyMs);
  await store.putTag('order', { stepIds });
  const allocator = new SegmentAllocator({ store, system: realSystem, options: SEGMENT_OPTIONS });
  await allocator.start();
  const source = allocator.source('order');
  // So many range switches that the compiler knows them, as in a server that runs for a while.
  for (let i = 0; i < WARM_UP_IDS; i++) if (source.tryNext() === undefined) await source.next();
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

/** Quantiles with a range switch about every half second, and without any; the two alternate. */
export async function rangeSwitchRows() {
  const cases = [
    { name: 'ranges of 10,000', stepIds: 10_000 },
    { name: 'one range', stepIds: 2 ** 30 },
  ];
  const results = cases.map(() => [] as Awaited<ReturnType<typeof durations>>[]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { stepIds }] of cases.entries()) results[i]!.push(await durations(stepIds));
  }
  return cases.map(({ name }, i) => {
    const rounds = results[i]!;
    const micros = (fraction: number) =>
      spread(
        rounds.map(({ sortedMs }) => sortedMs[Math.ceil(sortedMs.length * fraction) - 1]! * 1000),
        1,
      );
    return {
      ranges: name,
      fetches: String(rounds.reduce((sum, each) => sum + each.fetches, 0)),
      p50: micros(0.5),
      'p99.9': micros(0.999),
      'p99.99': micros(0.9999),
    };
  });
}
