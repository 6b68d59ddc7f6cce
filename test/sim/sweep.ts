import { Tally } from './tally.ts';
import { simulate } from './world.ts';

export interface Sweep {
  readonly tally: Tally;
  /** One text for each seed with a violation: what, and the events that led to it. */
  readonly failures: readonly string[];
}

/** Runs `count` seeds from `from` on. */
export async function sweep(from: number, count: number): Promise<Sweep> {
  const tally = new Tally();
  const failures: string[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await simulate({ seed });
    tally.addAll(outcome.tally);
    if (outcome.violation !== undefined) failures.push(tell(outcome));
    if (failures.length >= 3) break;
  }
  return { tally, failures };
}

/** What is told of a world, of whichever kind. */
interface Told {
  readonly seed: number;
  readonly hash: string;
  readonly violation: { readonly rule: string; readonly text: string } | undefined;
  readonly events: readonly string[];
}

/** For a person; `npm run sim -- --seeds 1 --from <seed>` shows the same, with `--segment` for a segment world. */
export function tell({ seed, hash, violation, events }: Told): string {
  const what = violation === undefined ? 'no violation' : `${violation.rule}: ${violation.text}`;
  return [`seed ${seed} (${hash}): ${what}`, ...events.map(event => `  ${event}`)].join('\n');
}
