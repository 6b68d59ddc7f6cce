/**
 * Runs the simulator: `npm run sim -- --seeds 20000 --from 1`. A seed that fails prints its last 100 events, and replays
 * exactly: `npm run sim -- --seeds 1 --from <seed>`. `--trace` prints the events of seeds that do not fail as well.
 * `--ablation "<name>"` switches an invariant off; `--ids-only` then looks at nothing but the IDs.
 */
import { parseArgs } from 'node:util';
import { ABLATIONS, type AblationName } from './ablations.ts';
import { tell } from './sweep.ts';
import { SOMETIMES, Tally } from './tally.ts';
import { simulate } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    ablation: { type: 'string' },
    'ids-only': { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});
const seeds = Number(values.seeds);
const from = Number(values.from);
if (!Number.isInteger(seeds) || !Number.isInteger(from)) throw new Error('--seeds and --from are integers');
const ablation = values.ablation as AblationName | undefined;
if (ablation !== undefined && !(ablation in ABLATIONS)) {
  throw new Error(`--ablation is one of: ${Object.keys(ABLATIONS).join('; ')}`);
}

const tally = new Tally();
const startedMs = performance.now();
let ids = 0;
let steps = 0;
let failed = 0;

for (let seed = from; seed < from + seeds; seed++) {
  const outcome = await simulate({ seed, ablation, only: values['ids-only'] ? ['duplicate', 'overlap'] : undefined });
  tally.addAll(outcome.tally);
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
for (const name of SOMETIMES) console.log(`${String(tally.counts[name]).padStart(10)}  ${name}`);
if (failed > 0) process.exitCode = 1;
