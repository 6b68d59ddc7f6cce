import { expect, it } from 'vitest';
import { ID_MAX, type RangeStore } from '../../src/stores/range-store.ts';
import { disjoint } from '../support/disjoint.ts';

/** What `take` must do with `atLeast`; `instance` opens one more store on the shared rows. */
export function liftContract(instance: () => Promise<RangeStore>): void {
  it('lifts a row that is lower, and tells where it found it', async () => {
    const store = await instance();
    await store.putTag('order', { stepIds: 10, maxId: 50n });
    expect(await store.take('order', 10, { atLeast: 200n })).toEqual({ start: 200n, end: 210n, foundMaxId: 50n });
    expect((await store.getTag('order'))?.maxId).toBe(210n);
    expect(await store.take('order', 10)).toEqual({ start: 210n, end: 220n });
  });

  it.each([1n, 49n, 50n])('takes as ever from a row at 50 with a floor of %d', async atLeast => {
    const store = await instance();
    await store.putTag('order', { stepIds: 10, maxId: 50n });
    const { foundMaxId = 50n, ...range } = await store.take('order', 10, { atLeast });
    expect({ ...range, foundMaxId }).toEqual({ start: 50n, end: 60n, foundMaxId: 50n });
  });

  it('gives instances that lift at once ranges without overlap, all above the floor', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, instance));
    await stores[0]!.putTag('order', { stepIds: 20 });
    const taken = await Promise.all(
      stores.flatMap(store => Array.from({ length: 10 }, () => store.take('order', 20, { atLeast: 1000n }))),
    );
    const ranges = disjoint(taken);
    expect(ranges.map(range => range.start)).toEqual(Array.from({ length: 40 }, (_, i) => BigInt(1000 + 20 * i)));
    expect(ranges.filter(range => (range.foundMaxId ?? range.start) < range.start)).toHaveLength(1);
  });

  it('is exact around 2^53 and up to 2^63 - 1, and refuses beyond without changing the tag', async () => {
    const store = await instance();
    await store.putTag('big', { stepIds: 1000 });
    const near = 9007199254740993n;
    expect(await store.take('big', 1000, { atLeast: near })).toMatchObject({ start: near, end: near + 1000n });
    const last = ID_MAX - 10n;
    await expect(store.take('big', 11, { atLeast: last })).rejects.toMatchObject({ code: 'RANGE_EXHAUSTED' });
    await expect(store.take('big', 1, { atLeast: ID_MAX })).rejects.toMatchObject({ code: 'RANGE_EXHAUSTED' });
    expect((await store.getTag('big'))?.maxId).toBe(near + 1000n);
    expect(await store.take('big', 10, { atLeast: last })).toMatchObject({ start: last, end: ID_MAX });
  });

  it('refuses an unknown tag, a retired one, and a floor that is no ID', async () => {
    const store = await instance();
    await store.putTag('old', { stepIds: 10 });
    await store.retireTag('old');
    for (const tag of ['old', 'nobody']) {
      await expect(store.take(tag, 10, { atLeast: 5n })).rejects.toMatchObject({ code: 'UNKNOWN_TAG' });
    }
    await store.putTag('order', { stepIds: 10 });
    for (const atLeast of [0n, -1n, ID_MAX + 1n]) {
      await expect(store.take('order', 10, { atLeast })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect((await store.getTag('order'))?.maxId).toBe(1n);
  });
}
