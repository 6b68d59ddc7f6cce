/**
 * How big a range is and when it is fetched: Frond's rule beside Leaf's and CosId's, on the same traffic and the same
 * store, in virtual time. Frond is the real allocator; the others are models of what they do (`segment-rules.ts`).
 * The last table alone is real time.
 */
import { PolicyWorld, type Traffic } from '../test/support/segment-demand.ts';
import type { BenchOptions } from './options.ts';
import { rangeSwitchRows } from './segment-latency.ts';
import { CosIdRule, LeafRule, RuleStore, RuleWorld } from './segment-rules.ts';
import { printTable } from './statistics.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const LATENCIES = {
  '100 ms': () => 100,
  '1 to 500 ms': (fraction: number) => 1 + fraction * 499,
  '50 ms': () => 50,
  '2 ms': () => 2,
};
type Latency = keyof typeof LATENCIES;

type World = Pick<PolicyWorld, 'given' | 'waits' | 'errors' | 'unusedIds' | 'run'> & {
  readonly store: { down: boolean; readonly reservedIds: number; readonly attempts: number };
};

const RULES = ['Frond', 'Leaf', 'CosId'] as const;
type RuleName = (typeof RULES)[number];

async function worldOf(rule: RuleName, latency: Latency, stepIds: number): Promise<World> {
  const latencyMs = LATENCIES[latency];
  if (rule === 'Frond') return PolicyWorld.start({ latencyMs, stepIds });
  // A repeatable draw; its quality does not matter here.
  let seed = 1;
  const store = new RuleStore(() => {
    seed = (seed * 48_271) % 2_147_483_647;
    return latencyMs(seed / 2_147_483_647);
  });
  return new RuleWorld(rule === 'Leaf' ? new LeafRule(store, stepIds) : new CosIdRule(store, stepIds), store);
}

const count = (value: number) => Math.round(value).toLocaleString('en-US');

async function speedRows(latency: Latency) {
  const traffic = { idsPerSecond: 10_000_000, callers: 50 };
  const rows = [];
  for (const rule of RULES) {
    const world = await worldOf(rule, latency, 10_000);
    // Everybody waits for the first range.
    while (world.given === 0) await world.run({ ...traffic, forMs: 1 });
    const waits = world.waits;
    const start = world.given;
    await world.run({ ...traffic, forMs: 30 * SECOND_MS });
    rows.push({
      rule,
      store: latency,
      'IDs given': count(world.given - start),
      errors: count(world.errors),
      waits: count(world.waits - waits),
      fetches: count(world.store.attempts),
    });
  }
  return rows;
}

async function burstRows(latency: Latency) {
  const rows = [];
  for (const rule of RULES) {
    const world = await worldOf(rule, latency, 10_000);
    const usual: Traffic = { forMs: 20 * MINUTE_MS, idsPerSecond: 1000, tickMs: 20 };
    await world.run(usual);
    const [waits, errors] = [world.waits, world.errors];
    await world.run({ forMs: MINUTE_MS, idsPerSecond: 100_000, callers: 50 });
    const unusedIds = world.unusedIds;
    await world.run(usual);
    rows.push({
      rule,
      store: latency,
      errors: count(world.errors - errors),
      waits: count(world.waits - waits),
      'unused after the burst': count(unusedIds),
      'and 20 min later': count(world.unusedIds),
    });
  }
  return rows;
}

async function wasteRows(idsPerSecond: number, stepIds: number) {
  const rows = [];
  for (const rule of RULES) {
    const world = await worldOf(rule, '50 ms', stepIds);
    await world.run({ forMs: 30 * MINUTE_MS, idsPerSecond, tickMs: 100 });
    const steady = world.unusedIds;
    const ratio = world.store.reservedIds / world.given;
    const before = world.given;
    await world.run({ forMs: 30 * SECOND_MS, idsPerSecond: idsPerSecond * 10, callers: 50 });
    const burstIds = world.given - before;
    await world.run({ forMs: 60 * MINUTE_MS, idsPerSecond: 0, tickMs: 100 });
    rows.push({
      rule,
      'IDs a second': count(idsPerSecond),
      'reserved over given, 30 min': ratio.toFixed(2),
      'unused then': count(steady),
      'given in a burst ×10, 30 s': count(burstIds),
      'unused after it and 60 min idle': count(world.unusedIds),
      'in seconds of the burst': count(world.unusedIds / (idsPerSecond * 10)),
    });
  }
  return rows;
}

async function outageRows(idsPerSecond: number) {
  const rows = [];
  for (const rule of ['Frond', 'Leaf'] as const) {
    const world = await worldOf(rule, '2 ms', 10_000);
    const traffic = { idsPerSecond, tickMs: 2 };
    await world.run({ ...traffic, forMs: 45 * MINUTE_MS, tickMs: 20 });
    const [errors, attempts] = [world.errors, world.store.attempts];
    world.store.down = true;
    await world.run({ ...traffic, forMs: 10 * MINUTE_MS });
    rows.push({
      rule,
      'IDs a second': count(idsPerSecond),
      'failed requests': count(world.errors - errors),
      'attempts on the store': count(world.store.attempts - attempts),
    });
  }
  return rows;
}

/** Every missed `tryNext` in a minute of steady traffic, after the first five seconds. */
async function missRows() {
  const rows = [];
  for (const idsPerSecond of [2000, 20_000, 200_000]) {
    const world = await PolicyWorld.start({ latencyMs: LATENCIES['50 ms'], options: { stepMaxIds: 100_000 } });
    const traffic = { idsPerSecond, callers: 50 };
    await world.run({ ...traffic, forMs: 5 * SECOND_MS });
    const [misses, fetches] = [world.misses, world.store.attempts];
    await world.run({ ...traffic, forMs: MINUTE_MS });
    rows.push({
      'IDs a second': count(idsPerSecond),
      'fetches in a minute': count(world.store.attempts - fetches),
      'tryNext without an ID': count(world.misses - misses),
    });
  }
  return rows;
}

export async function run({ rounds }: BenchOptions): Promise<void> {
  const show = (title: string, rows: readonly Readonly<Record<string, string>>[]) => {
    console.log(`\n${title}`);
    printTable(rows);
  };
  show('50 callers at full speed (10 M IDs/s), step 10,000, 30 s from the first range on', [
    ...(await speedRows('100 ms')),
    ...(await speedRows('1 to 500 ms')),
  ]);
  show('1,000 IDs/s, a minute at 100 times that, 1,000 again; step 10,000', [
    ...(await burstRows('100 ms')),
    ...(await burstRows('1 to 500 ms')),
  ]);
  show('waste; store 50 ms', [...(await wasteRows(2000, 10_000)), ...(await wasteRows(200_000, 1_000_000))]);
  show('10 minutes without the database, after 45 with it; a failure takes 2 ms', [
    ...(await outageRows(1000)),
    ...(await outageRows(2000)),
  ]);
  show('tryNext in steady state, ranges of at most 100,000 IDs, store 50 ms', await missRows());
  show('next() in real time at 20,000 a second, µs; store 50 ms', await rangeSwitchRows(rounds));
}
