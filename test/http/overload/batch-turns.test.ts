import { describe, expect, it } from 'vitest';
import { BatchTurns, batchCost } from '../../../src/http/overload/batch-turns.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

function opened() {
  const system = new VirtualSystem();
  const turns = new BatchTurns(system.timers);
  const done: string[] = [];
  const take = (name: string, cost: number) => void turns.take(cost).then(() => done.push(name));
  return { system, take, done };
}

describe('the turns of large batches', () => {
  it('come at once while there are few, and leave no timer behind', async () => {
    const { system, take, done } = opened();
    take('a', 10_000);
    take('b', 10_000);
    await system.advance(0);
    expect(done).toEqual(['a', 'b']);
    await system.advance(1);
    expect(system.pendingTimers).toBe(0);
  });

  it('come in order, so many in each turn of the loop, however large the first is', async () => {
    const { system, take, done } = opened();
    take('huge', 1_000_000);
    for (const name of ['a', 'b', 'c']) take(name, 25_000);
    await system.advance(0);
    expect(done).toEqual(['huge']);
    await system.advance(1);
    expect(done).toEqual(['huge', 'a', 'b']);
    take('late', 1);
    await system.advance(0);
    expect(done).toEqual(['huge', 'a', 'b']);
    await system.advance(1);
    expect(done).toEqual(['huge', 'a', 'b', 'c', 'late']);
  });

  it('count a UUID for ten numbers', () => {
    expect(batchCost('uuid', 5)).toBe(10 * batchCost('segment', 5));
  });
});
