import { describe, expect, it } from 'vitest';
import type { RangeStore } from '../../src/stores/range-store.ts';

/** The part of the `RangeStore` contract that is about changing tags. @param instance one more open handle on one store */
export function tagChangesContract(instance: () => Promise<RangeStore>): void {
  describe('patchTag', () => {
    it('changes what is named and leaves the rest', async () => {
      const store = await instance();
      await store.putTag('order', { stepIds: 10, description: 'orders', maxId: 50n });
      expect(await store.patchTag('order', { stepIds: 20 })).toMatchObject({ stepIds: 20, description: 'orders' });
      expect(await store.patchTag('order', { description: 'Aufträge' })).toMatchObject({ stepIds: 20, maxId: 50n });
      expect(await store.patchTag('order', { maxId: 70n })).toMatchObject({ stepIds: 20, description: 'Aufträge' });
      expect(await store.patchTag('order', { description: null })).toMatchObject({ maxId: 70n, description: null });
      const { updatedAtMs: _, ...before } = (await store.getTag('order'))!;
      expect(await store.patchTag('order', {})).toMatchObject(before);
      expect(await store.take('order', 10)).toEqual({ start: 70n, end: 80n });
    });

    it('never makes a tag, nor brings a retired one back', async () => {
      const store = await instance();
      expect(await store.patchTag('order', { stepIds: 10, maxId: 5n })).toBeUndefined();
      await store.putTag('gone', { stepIds: 10 });
      await store.retireTag('gone');
      expect(await store.patchTag('gone', { stepIds: 10, maxId: 999n })).toBeUndefined();
      expect(await store.listTags()).toEqual([]);
      expect((await store.putTag('gone', { stepIds: 10 })).record.maxId).toBe(1n);
    });

    it('never lowers maxId, and then changes nothing', async () => {
      const store = await instance();
      await store.putTag('order', { stepIds: 10, maxId: 100n });
      await expect(store.patchTag('order', { stepIds: 99, maxId: 99n })).rejects.toMatchObject({
        code: 'TAG_WOULD_REWIND',
        details: { tag: 'order', maxId: 99n, currentMaxId: 100n },
      });
      expect(await store.patchTag('order', { maxId: 100n })).toMatchObject({ stepIds: 10, maxId: 100n });
    });

    it('loses nothing that others change or take at the same time', async () => {
      const stores = await Promise.all(Array.from({ length: 3 }, instance));
      await stores[0]!.putTag('order', { stepIds: 1 });
      const [steps, texts, takes] = stores as [RangeStore, RangeStore, RangeStore];
      for (let i = 2; i < 12; i++) {
        await Promise.all([
          steps.patchTag('order', { stepIds: i }),
          texts.patchTag('order', { description: `text ${i}` }),
          takes.take('order', 10),
        ]);
        const maxId = 1n + BigInt(10 * (i - 1));
        expect(await takes.getTag('order')).toMatchObject({ stepIds: i, description: `text ${i}`, maxId });
      }
    });
  });

  describe('putTag with mustCreate', () => {
    it('refuses a tag that is there and changes nothing, but brings a retired one back', async () => {
      const store = await instance();
      expect(await store.putTag('order', { stepIds: 10, mustCreate: true })).toMatchObject({ created: true });
      await expect(store.putTag('order', { stepIds: 99, maxId: 9n, mustCreate: true })).rejects.toMatchObject({
        code: 'TAG_EXISTS',
      });
      expect(await store.getTag('order')).toMatchObject({ stepIds: 10, maxId: 1n });
      await store.take('order', 10);
      await store.retireTag('order');
      expect(await store.putTag('order', { stepIds: 20, mustCreate: true })).toMatchObject({
        created: true,
        record: { stepIds: 20, maxId: 11n },
      });
    });

    it('lets one of many make a tag', async () => {
      const stores = await Promise.all(Array.from({ length: 4 }, instance));
      const create = (store: RangeStore) => store.putTag('order', { stepIds: 10, mustCreate: true });
      const results = await Promise.allSettled(stores.map(create));
      const refused = results.filter(result => result.status === 'rejected');
      expect(refused.map(({ reason }) => reason.code)).toEqual(['TAG_EXISTS', 'TAG_EXISTS', 'TAG_EXISTS']);
    });
  });

  describe('a retired tag', () => {
    it('that another instance makes again never begins below its IDs, whatever it asks for', async () => {
      const [a, b] = [await instance(), await instance()];
      await a.putTag('order', { stepIds: 10 });
      const { end } = await a.take('order', 10);
      await b.retireTag('order');
      await expect(a.take('order', 10)).rejects.toMatchObject({ code: 'UNKNOWN_TAG' });
      for (const change of [
        { stepIds: 5, maxId: end - 1n },
        { stepIds: 5, maxId: 1n, mustCreate: true },
      ]) {
        await expect(b.putTag('order', change)).rejects.toMatchObject({ code: 'TAG_WOULD_REWIND' });
      }
      await b.putTag('order', { stepIds: 5, mustCreate: true });
      expect(await (await instance()).take('order', 5)).toEqual({ start: end, end: end + 5n });
      expect(await a.take('order', 10)).toEqual({ start: end + 5n, end: end + 15n });
    });
  });
}
