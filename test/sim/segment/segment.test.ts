import { describe, expect, it } from 'vitest';
import { SEGMENT_ABLATIONS, type SegmentAblationName } from './ablations.ts';
import type { SegmentRule } from './checker.ts';
import { sweepSegments } from './sweep.ts';
import { simulateSegments } from './world.ts';

/** What the IDs alone show. */
const IDS_ONLY: readonly SegmentRule[] = ['duplicate'];
/** Several times what the weakest ablation needs. */
const SEEDS = 200;

async function firstCaught(
  ablation: SegmentAblationName,
  only?: readonly SegmentRule[],
): Promise<SegmentRule | undefined> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = await simulateSegments({ seed, ablation, only });
    if (violation !== undefined) return violation.rule;
  }
  return undefined;
}

describe('the segment simulator', () => {
  it('keeps every promise in 500 simulated worlds, and everything that can happen happens', async () => {
    const { tally, failures } = await sweepSegments(1, 500);
    expect(failures).toEqual([]);
    expect(tally.never).toEqual([]);
  }, 120_000);

  it('keeps a hole closed: a range without a ceiling, given back, lowered that of another process', async () => {
    expect((await simulateSegments({ seed: 9508 })).violation).toBeUndefined();
  });

  it('keeps a hole closed: a row that came down with IDs given back, under a ceiling, was told of as one that went back', async () => {
    expect((await simulateSegments({ seed: 2848 })).violation).toBeUndefined();
  });

  it('repeats a world exactly from its seed', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const first = await simulateSegments({ seed });
      const second = await simulateSegments({ seed });
      expect(second.hash).toBe(first.hash);
      expect(second.events).toEqual(first.events);
      expect((await simulateSegments({ seed: seed + 1000 })).hash).not.toBe(first.hash);
    }
  });

  describe.each(Object.keys(SEGMENT_ABLATIONS) as SegmentAblationName[])('without an invariant (%s)', ablation => {
    it('sees it in the IDs alone', async () => {
      expect(await firstCaught(ablation, IDS_ONLY)).toBe('duplicate');
    }, 60_000);

    it('sees it', async () => {
      expect(await firstCaught(ablation)).toBeDefined();
    }, 60_000);
  });
});
