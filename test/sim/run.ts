/**
 * Runs the simulator: `npm run sim -- --seeds 20000 --from 1`. A seed that fails prints its last 100 events, and replays
 * exactly: `npm run sim -- --seeds 1 --from <seed>`. `--trace` prints the events of seeds that do not fail as well.
 * `--zookeeper yes` or `no` gives every world a ZooKeeper, or none. `--ablation "<name>"` switches an invariant off; `--ids-only` then looks at nothing but the IDs.
 * `--segment` runs worlds of segments instead of snowflakes; all but `--zookeeper` holds for these too.
 */
import { parseArgs } from 'node:util';
import { ABLATIONS, type AblationName } from './ablations.ts';
import { SEGMENT_ABLATIONS, type SegmentAblationName } from './segment/ablations.ts';
import { SegmentTally } from './segment/tally.ts';
import { simulateSegments } from './segment/world.ts';
import { tell } from './sweep.ts';
import { Tally } from './tally.ts';
import { simulate } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    segment: { type: 'boolean', default: false },
    ablation: { type: 'string' },
    'ids-only': { type: 'boolean', default: false },
    zookeeper: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const seeds = Number(values.seeds);
const from = Number(values.from);
if (!Number.isInteger(seeds) || !Number.isInteger(from)) throw new Error('--seeds and --from are integers');
const { ablation, segment: isSegment } = values;
const ablations = isSegment ? SEGMENT_ABLATIONS : ABLATIONS;
if (ablation !== undefined && !(ablation in ablations)) {
  throw new Error(`--ablation is one of: ${Object.keys(ablations).join('; ')}`);
}

const idsOnly = values['ids-only'];
const segmentTally = new SegmentTally();
const tally = new Tally();

async function runSegments(seed: number) {
  const only = idsOnly ? (['duplicate'] as const) : undefined;
  const outcome = await simulateSegments({ seed, ablation: ablation as SegmentAblationName | undefined, only });
  segmentTally.addAll(outcome.tally);
  return outcome;
}

async function runSnowflakes(seed: number) {
  const zookeeper = values.zookeeper === undefined ? undefined : values.zookeeper === 'yes';
  const only = idsOnly ? (['duplicate', 'overlap'] as const) : undefined;
  const outcome = await simulate({ seed, ablation: ablation as AblationName | undefined, zookeeper, only });
  tally.addAll(outcome.tally);
  return outcome;
}

const startedMs = performance.now();
let ids = 0;
let steps = 0;
let failed = 0;

for (let seed = from; seed < from + seeds; seed++) {
  const outcome = await (isSegment ? runSegments(seed) : runSnowflakes(seed));
  ids += outcome.ids;
  steps += outcome.steps;
  if (outcome.violation !== undefined || values.trace) console.log(`\n${tell(outcome)}`);
  if (outcome.violation !== undefined && (++failed >= 5 || ablation !== undefined)) break;
  if ((seed - from + 1) % 500 === 0) {
    const perSeedMs = (performance.now() - startedMs) / (seed - from + 1);
    console.log(`${seed - from + 1} of ${seeds} seeds, ${ids} IDs, ${perSeedMs.toFixed(1)} ms a seed`);
  }
}

const tookS = (performance.now() - startedMs) / 1000;
console.log(`\n${failed} failed; ${ids} IDs, ${steps} events in ${tookS.toFixed(1)} s`);
for (const [name, count] of Object.entries((isSegment ? segmentTally : tally).counts)) {
  console.log(`${String(count).padStart(10)}  ${name}`);
}
if (failed > 0) process.exitCode = 1;
