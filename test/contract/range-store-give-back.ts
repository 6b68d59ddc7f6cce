import { describe, expect, it } from 'vitest';
import { ID_MAX, type RangeStore } from '../../src/stores/range-store.ts';
import { disjoint } from '../support/disjoint.ts';

/** The part of the contract about `giveBack`. @param instance one more open handle on the shared store */
export function rangeStoreGiveBackContract(instance: () => Promise<RangeStore>): void {
  describe('giveBack', () => {
    it('lets the next take begin where the used part ended', async () => {
      const [a, b] = [await instance(), await instance()];
      await a.putTag('order', { stepIds: 10 });
      await a.take('order', 10);
      expect(await a.giveBack('order', { start: 4n, end: 11n })).toBe(true);
      expect((await b.getTag('order'))?.maxId).toBe(4n);
      expect(await b.take('order', 10)).toEqual({ start: 4n, end: 14n });
    });

    it('gives two adjacent ranges back in one step', async () => {
      const store = await instance();
      await store.putTag('order', { stepIds: 10 });
      await store.take('order', 10);
      await store.take('order', 10);
      expect(await store.giveBack('order', { start: 8n, end: 21n })).toBe(true);
      expect(await store.take('order', 1)).toEqual({ start: 8n, end: 9n });
    });

    it('changes nothing once somebody else has taken a range, nor when it is said twice', async () => {
      const [a, b] = [await instance(), await instance()];
      await a.putTag('order', { stepIds: 10 });
      await a.take('order', 10);
      await b.take('order', 10);
      expect(await a.giveBack('order', { start: 4n, end: 11n })).toBe(false);
      expect(await b.giveBack('order', { start: 15n, end: 21n })).toBe(true);
      expect(await b.giveBack('order', { start: 15n, end: 21n })).toBe(false);
      expect((await a.getTag('order'))?.maxId).toBe(15n);
    });

    it('changes nothing once the tag was raised', async () => {
      const store = await instance();
      await store.putTag('order', { stepIds: 10 });
      await store.take('order', 10);
      await store.putTag('order', { stepIds: 10, maxId: 12n });
      expect(await store.giveBack('order', { start: 4n, end: 11n })).toBe(false);
      expect((await store.getTag('order'))?.maxId).toBe(12n);
    });

    it('leaves a retired tag as it is, and knows none that was never made', async () => {
      const store = await instance();
      await store.putTag('order', { stepIds: 10 });
      await store.take('order', 10);
      await store.retireTag('order');
      expect(await store.giveBack('order', { start: 4n, end: 11n })).toBe(false);
      expect(await store.giveBack('nobody', { start: 4n, end: 11n })).toBe(false);
      expect((await store.putTag('order', { stepIds: 10 })).record.maxId).toBe(11n);
    });

    it('is exact up to 2^63 - 1, and leaves step and description alone', async () => {
      const store = await instance();
      await store.putTag('last', { stepIds: 1000, maxId: ID_MAX - 1000n, description: 'the end' });
      await store.take('last', 1000);
      expect(await store.giveBack('last', { start: ID_MAX - 999n, end: ID_MAX - 1n })).toBe(false);
      expect(await store.giveBack('last', { start: ID_MAX - 1n, end: ID_MAX })).toBe(true);
      expect(await store.getTag('last')).toMatchObject({ maxId: ID_MAX - 1n, stepIds: 1000, description: 'the end' });
    });

    it('never lets two instances have an ID that both take and give back without rest', async () => {
      const stores = await Promise.all(Array.from({ length: 4 }, instance));
      await stores[0]!.putTag('order', { stepIds: 10 });
      let givenBack = 0;
      const used = await Promise.all(
        stores.map(async (store, i) => {
          const mine: { start: bigint; end: bigint }[] = [];
          for (let n = 0; n < 40; n++) {
            const { start, end } = await store.take('order', 10);
            const middle = start + BigInt(1 + ((i + n) % 9));
            mine.push({ start, end: middle });
            if (await store.giveBack('order', { start: middle, end })) givenBack++;
          }
          return mine;
        }),
      );
      expect(disjoint(used.flat())).toHaveLength(160);
      expect(givenBack).toBeGreaterThan(0);
    });
  });
}
