import { expect, it } from 'vitest';
import { sweep } from './sweep.ts';

it('keeps every promise in 500 simulated worlds, and everything that can happen happens', async () => {
  const { tally, failures } = await sweep(501, 500);
  expect(failures).toEqual([]);
  expect(tally.never).toEqual([]);
}, 300_000);
