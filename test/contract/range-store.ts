import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ID_MAX, type RangeStore, STEP_MAX_IDS, type TakenRange } from '../../src/stores/range-store.ts';
import { disjoint } from '../support/disjoint.ts';
import { rangeStoreGiveBackContract } from './range-store-give-back.ts';
import { rangeStoreLeftoversContract } from './range-store-leftovers.ts';
import { liftContract } from './range-store-lift.ts';
import { tagChangesContract } from './tag-changes.ts';

/** One empty store that several instances share. */
export interface RangeStoreWorld {
  /** One more instance's handle on the shared store, not yet open. */
  handle(): RangeStore;
  /** Removes the store and whatever it left; every handle is closed before. */
  end(): Promise<void>;
}

export interface RangeStoreRig {
  readonly name: string;
  /** An initialised store without tags. */
  open(): Promise<RangeStoreWorld>;
}

/** What every `RangeStore` must do, whatever keeps its rows. */
export function rangeStoreContract(rig: RangeStoreRig): void {
  describe(`RangeStore contract: ${rig.name}`, () => {
    let world: RangeStoreWorld;
    let handles: RangeStore[];

    const instance = async (): Promise<RangeStore> => {
      const store = world.handle();
      handles.push(store);
      await store.open();
      return store;
    };

    beforeEach(async () => {
      handles = [];
      world = await rig.open();
    });

    afterEach(async () => {
      await Promise.all(handles.map(store => store.close()));
      await world.end();
    });

    describe('take', () => {
      it('begins a new tag at ID 1, as Leaf does', async () => {
        const store = await instance();
        await store.putTag('order', { stepIds: 1000 });
        expect(await store.take('order', 1000)).toEqual({ start: 1n, end: 1001n });
      });

      it('begins where the tag was told to', async () => {
        const store = await instance();
        await store.putTag('order', { stepIds: 10, maxId: 500n });
        expect(await store.take('order', 10)).toEqual({ start: 500n, end: 510n });
        expect((await store.getTag('order'))?.maxId).toBe(510n);
      });

      it('gives exactly as many IDs as it was asked for, whatever the step of the tag', async () => {
        const store = await instance();
        await store.putTag('order', { stepIds: 1000 });
        expect(await store.take('order', 1)).toEqual({ start: 1n, end: 2n });
        expect(await store.take('order', 7)).toEqual({ start: 2n, end: 9n });
        expect(await store.take('order', STEP_MAX_IDS)).toEqual({ start: 9n, end: 9n + BigInt(STEP_MAX_IDS) });
      });

      it('gives 20 concurrent callers exactly 20 ranges without gap or overlap', async () => {
        const store = await instance();
        await store.putTag('order', { stepIds: 5 });
        const ranges = disjoint(await Promise.all(Array.from({ length: 20 }, () => store.take('order', 5))));
        expect(ranges.map(range => range.start)).toEqual(Array.from({ length: 20 }, (_, i) => BigInt(1 + 5 * i)));
      });

      it('gives several instances on one tag exactly 1 to 4000', async () => {
        const stores = await Promise.all(Array.from({ length: 4 }, instance));
        await stores[0]!.putTag('order', { stepIds: 20 });
        const taken = await Promise.all(
          stores.map(async store => {
            const mine: TakenRange[] = [];
            for (let i = 0; i < 50; i++) mine.push(await store.take('order', 20));
            return mine;
          }),
        );
        const ranges = disjoint(taken.flat());
        expect(ranges.map(range => range.start)).toEqual(Array.from({ length: 200 }, (_, i) => BigInt(1 + 20 * i)));
        for (const mine of taken) {
          expect(mine).toEqual(mine.toSorted((a, b) => (a.start < b.start ? -1 : 1)));
        }
      });

      it('keeps tags apart', async () => {
        const store = await instance();
        await store.putTag('order', { stepIds: 10 });
        await store.putTag('invoice', { stepIds: 10, maxId: 70n });
        await store.take('order', 10);
        expect(await store.take('invoice', 10)).toEqual({ start: 70n, end: 80n });
        expect(await store.take('order', 10)).toEqual({ start: 11n, end: 21n });
      });

      it('refuses a tag that was never made', async () => {
        const store = await instance();
        await expect(store.take('nobody', 10)).rejects.toMatchObject({ code: 'UNKNOWN_TAG' });
        expect(await store.listTags()).toEqual([]);
      });

      it.each([0, -1, 1.5, STEP_MAX_IDS + 1, Number.NaN])('refuses to take %d IDs', async stepIds => {
        const store = await instance();
        await store.putTag('order', { stepIds: 10 });
        await expect(store.take('order', stepIds)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
        expect((await store.getTag('order'))?.maxId).toBe(1n);
      });

      it('is exact around 2^53', async () => {
        const store = await instance();
        await store.putTag('big', { stepIds: 1000, maxId: 9007199254740993n });
        expect(await store.take('big', 1000)).toEqual({ start: 9007199254740993n, end: 9007199254741993n });
        expect(await store.take('big', 999)).toEqual({ start: 9007199254741993n, end: 9007199254742992n });
        expect((await store.listTags())[0]?.maxId).toBe(9007199254742992n);
      });

      it('is exact up to 2^63 - 1, and then refuses without changing the tag', async () => {
        const store = await instance();
        await store.putTag('last', { stepIds: 1000, maxId: ID_MAX - 1500n });
        expect(await store.take('last', 1000)).toEqual({ start: ID_MAX - 1500n, end: ID_MAX - 500n });
        await expect(store.take('last', 501)).rejects.toMatchObject({ code: 'RANGE_EXHAUSTED' });
        expect((await store.getTag('last'))?.maxId).toBe(ID_MAX - 500n);
        expect(await store.take('last', 500)).toEqual({ start: ID_MAX - 500n, end: ID_MAX });
        await expect(store.take('last', 1)).rejects.toMatchObject({ code: 'RANGE_EXHAUSTED' });
        expect((await store.getTag('last'))?.maxId).toBe(ID_MAX);
      });
    });

    describe('take with a floor', () => liftContract(instance));

    rangeStoreGiveBackContract(instance);
    rangeStoreLeftoversContract(instance);

    describe('tags', () => {
      it('tells a new tag from a changed one', async () => {
        const store = await instance();
        const first = await store.putTag('order', { stepIds: 1000, description: 'orders of the shop' });
        expect(first).toMatchObject({
          created: true,
          record: { tag: 'order', maxId: 1n, stepIds: 1000, description: 'orders of the shop' },
        });
        const second = await store.putTag('order', { stepIds: 2000 });
        expect(second).toMatchObject({
          created: false,
          record: { tag: 'order', maxId: 1n, stepIds: 2000, description: 'orders of the shop' },
        });
      });

      it('leaves the description alone unless told, and clears it on null', async () => {
        const store = await instance();
        expect((await store.putTag('order', { stepIds: 1 })).record.description).toBeNull();
        await store.putTag('order', { stepIds: 1, description: 'Aufträge 订单' });
        await store.putTag('order', { stepIds: 2 });
        expect((await store.getTag('order'))?.description).toBe('Aufträge 订单');
        await store.putTag('order', { stepIds: 2, description: null });
        expect((await store.getTag('order'))?.description).toBeNull();
      });

      it('shows every instance what another one changed', async () => {
        const [a, b] = [await instance(), await instance()];
        await a.putTag('order', { stepIds: 10 });
        await a.take('order', 10);
        expect(await b.getTag('order')).toMatchObject({ tag: 'order', maxId: 11n, stepIds: 10 });
        expect(await b.take('order', 10)).toEqual({ start: 11n, end: 21n });
      });

      it('lists the tags in the order of their names', async () => {
        const store = await instance();
        for (const tag of ['pear', 'apple', 'fig-2', 'fig']) await store.putTag(tag, { stepIds: 1 });
        expect((await store.listTags()).map(record => record.tag)).toEqual(['apple', 'fig', 'fig-2', 'pear']);
      });

      it('knows nothing of a tag that was never made', async () => {
        const store = await instance();
        expect(await store.getTag('nobody')).toBeUndefined();
        expect(await store.retireTag('nobody')).toBe(false);
      });

      it('raises maxId, and never lowers it', async () => {
        const store = await instance();
        await store.putTag('order', { stepIds: 10, maxId: 100n });
        expect((await store.putTag('order', { stepIds: 10, maxId: 100n })).record.maxId).toBe(100n);
        expect((await store.putTag('order', { stepIds: 10, maxId: 200n })).record.maxId).toBe(200n);
        await expect(store.putTag('order', { stepIds: 99, maxId: 199n })).rejects.toMatchObject({
          code: 'TAG_WOULD_REWIND',
          details: { tag: 'order', maxId: 199n, currentMaxId: 200n },
        });
        expect(await store.getTag('order')).toMatchObject({ maxId: 200n, stepIds: 10 });
        expect(await store.take('order', 10)).toEqual({ start: 200n, end: 210n });
      });

      it('hides a retired tag from every call', async () => {
        const store = await instance();
        await store.putTag('order', { stepIds: 10 });
        expect(await store.retireTag('order')).toBe(true);
        expect(await store.retireTag('order')).toBe(false);
        expect(await store.getTag('order')).toBeUndefined();
        expect(await store.listTags()).toEqual([]);
        await expect(store.take('order', 10)).rejects.toMatchObject({ code: 'UNKNOWN_TAG' });
      });

      it('goes on above all its IDs when a retired tag is made again', async () => {
        const store = await instance();
        await store.putTag('order', { stepIds: 10, description: 'first life' });
        await store.take('order', 10);
        await store.retireTag('order');
        await expect(store.putTag('order', { stepIds: 10, maxId: 1n })).rejects.toMatchObject({
          code: 'TAG_WOULD_REWIND',
        });
        expect(await store.putTag('order', { stepIds: 20 })).toMatchObject({
          created: true,
          record: { maxId: 11n, stepIds: 20, description: 'first life' },
        });
        expect(await store.take('order', 10)).toEqual({ start: 11n, end: 21n });
      });

      it('makes a tag once when many make it at once', async () => {
        const stores = await Promise.all(Array.from({ length: 4 }, instance));
        const results = await Promise.all(stores.map(store => store.putTag('order', { stepIds: 10 })));
        expect(results.filter(result => result.created)).toHaveLength(1);
        expect(await stores[0]!.take('order', 10)).toEqual({ start: 1n, end: 11n });
      });

      it('dates its records, where it dates them at all, within a minute of this host', async () => {
        const store = await instance();
        const { record } = await store.putTag('order', { stepIds: 10 });
        const ageMs = record.updatedAtMs === null ? 0 : Math.abs(Date.now() - record.updatedAtMs);
        expect(ageMs).toBeLessThan(60_000);
      });
    });

    tagChangesContract(instance);

    describe('life', () => {
      it('keeps its rows when all instances are closed', async () => {
        const first = await instance();
        await first.putTag('order', { stepIds: 10 });
        await first.take('order', 10);
        await first.close();
        expect(await (await instance()).take('order', 10)).toEqual({ start: 11n, end: 21n });
      });

      it('is closed twice without complaint, also when it was never opened', async () => {
        const store = await instance();
        await store.close();
        await store.close();
        await world.handle().close();
      });

      it('is opened twice without complaint', async () => {
        const store = await instance();
        await store.open();
        await store.putTag('order', { stepIds: 10 });
        expect(await store.take('order', 10)).toEqual({ start: 1n, end: 11n });
      });

      it('has a name for logs', async () => {
        expect((await instance()).name).toMatch(/\S/);
      });
    });
  });
}
