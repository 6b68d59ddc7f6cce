import { tell } from '../sweep.ts';
import { SegmentTally } from './tally.ts';
import { simulateSegments } from './world.ts';

export interface SegmentSweep {
  readonly tally: SegmentTally;
  /** One text for each seed with a violation: what, and the events that led to it. */
  readonly failures: readonly string[];
}

/** Runs `count` seeds from `from` on. */
export async function sweepSegments(from: number, count: number): Promise<SegmentSweep> {
  const tally = new SegmentTally();
  const failures: string[] = [];
  for (let seed = from; seed < from + count && failures.length < 3; seed++) {
    const outcome = await simulateSegments({ seed });
    tally.addAll(outcome.tally);
    if (outcome.violation !== undefined) failures.push(tell(outcome));
  }
  return { tally, failures };
}
