import { describe, expect, it } from 'vitest';
import type { TagStats } from '../../../src/allocators/segment/segment-stats.ts';
import { sumOfTags } from '../../../src/allocators/segment/segment-status.ts';
import { selectTags } from '../../../src/allocators/segment/select-tags.ts';
import type { TagSelection } from '../../../src/allocators/tag-selection.ts';

function stats(tag: string, given: Partial<TagStats> = {}): TagStats {
  return {
    tag,
    tableStepIds: 10,
    stepIds: 10,
    reservedIds: 10,
    issuedIds: 5,
    droppedIds: 0,
    remainingIds: 5,
    idsPerSecond: 0,
    secondsToEmpty: undefined,
    highWater: undefined,
    fetches: { ok: 1, failed: 0, refused: 0, rewound: 0, discarded: 0 },
    lastFetch: undefined,
    waiters: 0,
    rewound: false,
    failure: undefined,
    ...given,
  };
}

const fetched = (agoMs: number) => ({ outcome: 'ok' as const, durationMs: 1, agoMs });
const TAGS = [
  stats('Bill', { idsPerSecond: 1, secondsToEmpty: 5, lastFetch: fetched(30) }),
  stats('order', { idsPerSecond: 9, secondsToEmpty: 7, lastFetch: fetched(20), issuedIds: 1 }),
  stats('order-item', { lastFetch: fetched(10), issuedIds: 0 }),
  stats('still'),
  stats('zebra', { failure: 'STORE_UNAVAILABLE', issuedIds: 10, remainingIds: 0, waiters: 2 }),
];

describe('the tags that a status shows', () => {
  const shown = (selection?: TagSelection) => selectTags(TAGS, selection).shown.map(each => each.tag);

  it('begin with those that fail, then come in the order asked for', () => {
    expect(shown()).toEqual(['zebra', 'order', 'Bill', 'order-item', 'still']);
    expect(shown({ order: 'name' })).toEqual(['zebra', 'Bill', 'order', 'order-item', 'still']);
    expect(shown({ order: 'empty' })).toEqual(['zebra', 'Bill', 'order', 'order-item', 'still']);
    expect(shown({ order: 'waste' })).toEqual(['zebra', 'order-item', 'order', 'Bill', 'still']);
    expect(shown({ order: 'fetch' })).toEqual(['zebra', 'order-item', 'order', 'Bill', 'still']);
  });

  it('are those whose names contain a text, in whatever case', () => {
    expect(shown({ match: 'ORDER' })).toEqual(['order', 'order-item']);
    expect(shown({ match: 'bill' })).toEqual(['Bill']);
    expect(selectTags(TAGS, { match: 'order', tags: 1 }).omitted).toBe(1);
  });

  it('are a hundred unless more or fewer are asked for, and say how many there are besides', () => {
    const many = Array.from({ length: 250 }, (_, i) => stats(`t${i}`));
    expect([selectTags(many).shown.length, selectTags(many).omitted]).toEqual([100, 150]);
    expect(selectTags(many, { tags: 0 })).toEqual({ shown: [], omitted: 250 });
    expect(selectTags(many, { tags: 10_000 }).omitted).toBe(0);
  });

  it('are summed with those that are not shown', () => {
    expect(sumOfTags(TAGS)).toEqual({
      count: 5,
      failing: 1,
      reserved: '50',
      issued: '21',
      dropped: '0',
      remaining: '20',
      idsPerSecond: 10,
      waiters: 2,
      soonestEmpty: { tag: 'Bill', seconds: 5 },
    });
  });
});
