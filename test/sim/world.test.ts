import { describe, expect, it } from 'vitest';
import { ABLATIONS, type AblationName } from './ablations.ts';
import type { Rule } from './verdict.ts';
import { simulate } from './world.ts';

/** What the IDs alone show. */
const IDS_ONLY: readonly Rule[] = ['duplicate', 'overlap'];
/** Several times what the weakest ablation needs. */
const SEEDS = 400;

async function firstCaught(ablation: AblationName, only?: readonly Rule[]): Promise<Rule | undefined> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = await simulate({ seed, ablation, only });
    if (violation !== undefined) return violation.rule;
  }
  return undefined;
}

describe('the simulator', () => {
  it('repeats a world exactly from its seed', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const first = await simulate({ seed });
      const second = await simulate({ seed });
      expect(second.hash).toBe(first.hash);
      expect(second.events).toEqual(first.events);
      expect((await simulate({ seed: seed + 1000 })).hash).not.toBe(first.hash);
    }
  });

  it('keeps the last 100 events of a world', async () => {
    const { events } = await simulate({ seed: 1 });
    expect(events).toHaveLength(100);
  });

  describe.each(Object.keys(ABLATIONS) as AblationName[])('without an invariant (%s)', ablation => {
    if (ABLATIONS[ablation].keepsIdsUnique !== true) {
      it('sees it in the IDs alone: two claims of a worker ID used the same time', async () => {
        expect(IDS_ONLY).toContain(await firstCaught(ablation, IDS_ONLY));
      }, 60_000);
    }

    it('sees it', async () => {
      expect(await firstCaught(ablation)).toBeDefined();
    }, 60_000);
  });
});
