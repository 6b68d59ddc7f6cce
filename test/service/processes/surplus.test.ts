import { describe, expect, it } from 'vitest';
import { surplusOf } from '../../../src/service/processes/surplus.ts';

describe('the surplus of connections', () => {
  it.each([
    [
      [64, 0],
      [32, 0],
    ],
    [
      [30, 10, 20],
      [10, 0, 0],
    ],
    [
      [100, 100, 100, 160],
      [0, 0, 0, 45],
    ],
  ])('of %j is %j: what is above a fair share', (connections, surplus) => {
    expect(surplusOf(connections)).toEqual(surplus);
  });

  it.each([[[]], [[7]], [[0, 0]], [[3, 0]], [[10, 12]], [[60, 40]]])('of %j is none: near enough', connections => {
    expect(surplusOf(connections)).toEqual(connections.map(() => 0));
  });
});
