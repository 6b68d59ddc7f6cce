import { describe, expect, it } from 'vitest';
import type { LeftoverTerms, RangeStore, TakenRange } from '../../src/stores/range-store.ts';
import { disjoint } from '../support/disjoint.ts';

const MINUTE_MS = 60_000;

/** Terms that anything fits which was left within a minute. */
function fresh(notBelow = 0n): { readonly leftovers: LeftoverTerms } {
  return { leftovers: { notBelow, maxAgeMs: MINUTE_MS } };
}

/** Takes with leftovers, as a process that has just begun and listed the tags. */
async function takeFresh(store: RangeStore, notBelow = 0n, tag = 'order'): Promise<TakenRange> {
  await store.listTags();
  return store.take(tag, 10, fresh(notBelow));
}

const left = (start: bigint, end: bigint): TakenRange => ({ start, end, isLeftover: true });

/** The part of the contract about `leave`. @param instance one more open handle on the shared store */
export function rangeStoreLeftoversContract(instance: () => Promise<RangeStore>): void {
  const leave = (store: RangeStore, start: bigint, end: bigint) => store.leave!('order', { start, end }, MINUTE_MS);

  /** Two instances of which the first has [1, 11) and the second [11, 21). */
  const two = async (): Promise<readonly [RangeStore, RangeStore]> => {
    const [a, b] = [await instance(), await instance()];
    await a.putTag('order', { stepIds: 10 });
    await a.take('order', 10);
    await b.take('order', 10);
    return [a, b];
  };

  describe('leave', () => {
    it('gives what was left to the next who takes leftovers, once, and to nobody else', async () => {
      const [a, b] = await two();
      expect(await leave(a, 4n, 11n)).toBe(true);
      expect(await b.take('order', 10)).toEqual({ start: 21n, end: 31n });
      expect(await takeFresh(b)).toEqual(left(4n, 11n));
      expect(await takeFresh(b)).toEqual({ start: 31n, end: 41n });
    });

    it('gives what was left to one of many who ask at once', async () => {
      const [a] = await two();
      const stores = await Promise.all(Array.from({ length: 4 }, instance));
      await leave(a, 4n, 8n);
      await leave(a, 8n, 11n);
      for (const store of stores) await store.listTags();
      const taken = await Promise.all([...stores, ...stores, ...stores].map(store => store.take('order', 10, fresh())));
      expect(disjoint(taken).slice(0, 3)).toEqual([left(4n, 8n), left(8n, 11n), { start: 21n, end: 31n }]);
    });

    it('gives the lowest first, and none below what the taker has had', async () => {
      const [a, b] = await two();
      await b.take('order', 10);
      await leave(b, 15n, 21n);
      await leave(a, 4n, 11n);
      await leave(b, 25n, 31n);
      expect(await takeFresh(a, 5n)).toEqual(left(15n, 21n));
      expect(await takeFresh(a)).toEqual(left(4n, 11n));
      expect(await takeFresh(a, 26n)).toEqual({ start: 31n, end: 41n });
      expect(await takeFresh(a, 25n)).toEqual(left(25n, 31n));
    });

    it('gives none that is too old', async () => {
      const [a, b] = await two();
      await leave(a, 4n, 11n);
      await b.listTags();
      expect(await b.take('order', 10, { leftovers: { notBelow: 0n, maxAgeMs: 0 } })).toMatchObject({ start: 21n });
      expect(await takeFresh(b)).toEqual(left(4n, 11n));
    });

    it('leaves nothing twice, nor what overlaps', async () => {
      const [a, b] = await two();
      expect(await leave(a, 4n, 11n)).toBe(true);
      for (const [start, end] of [
        [4n, 11n],
        [6n, 9n],
        [10n, 12n],
        [1n, 5n],
      ] as const) {
        expect(await leave(b, start, end)).toBe(false);
      }
      expect(await leave(b, 11n, 21n)).toBe(true);
      expect(await leave(a, 1n, 4n)).toBe(true);
    });

    it('leaves nothing above maxId, of a retired tag or of none', async () => {
      const [a, b] = await two();
      expect(await leave(a, 15n, 22n)).toBe(false);
      await a.retireTag('order');
      expect(await leave(b, 15n, 21n)).toBe(false);
      expect(await a.leave!('nobody', { start: 4n, end: 11n }, MINUTE_MS)).toBe(false);
    });

    it.each(['putTag', 'patchTag'] as const)(
      'forgets what was left when %s raises the tag, and bars what is below',
      async by => {
        const [a, b] = await two();
        await leave(a, 4n, 11n);
        await a[by]('order', { stepIds: 10, maxId: 50n });
        expect(await leave(b, 15n, 21n)).toBe(false);
        expect(await takeFresh(a)).toEqual({ start: 50n, end: 60n });
        await b.take('order', 10);
        expect(await leave(a, 50n, 60n)).toBe(true);
        expect(await takeFresh(b)).toEqual(left(50n, 60n));
      },
    );

    it('keeps what was left when a tag is changed otherwise, and while it is not raised it takes none', async () => {
      const [a, b] = await two();
      await leave(a, 4n, 11n);
      await b.patchTag('order', { stepIds: 20 });
      await b.putTag('order', { stepIds: 30, description: 'changed' });
      await expect(b.patchTag('order', { maxId: 2n })).rejects.toMatchObject({ code: 'TAG_WOULD_REWIND' });
      expect(await takeFresh(b)).toEqual(left(4n, 11n));
    });

    it('forgets what was left of a tag that is retired, also when it is made again', async () => {
      const [a, b] = await two();
      await leave(a, 4n, 11n);
      await a.retireTag('order');
      await expect(takeFresh(b)).rejects.toMatchObject({ code: 'UNKNOWN_TAG' });
      await a.putTag('order', { stepIds: 10 });
      expect(await takeFresh(b)).toEqual({ start: 21n, end: 31n });
    });

    it('keeps tags apart', async () => {
      const [a, b] = await two();
      await a.putTag('invoice', { stepIds: 10 });
      await leave(a, 4n, 11n);
      expect(await takeFresh(b, 0n, 'invoice')).toEqual({ start: 1n, end: 11n });
    });

    it('never gives an ID twice while many take, leave and give back without rest', async () => {
      const stores = await Promise.all(Array.from({ length: 4 }, instance));
      await stores[0]!.putTag('order', { stepIds: 10 });
      const tally = { taken: 0, left: 0 };
      const used = await Promise.all(
        stores.map(async (store, i) => {
          const mine: { start: bigint; end: bigint }[] = [];
          for (let n = 0; n < 30; n++) {
            const { start, end, isLeftover } = await takeFresh(store);
            if (isLeftover) tally.taken++;
            const middle = start + (end - start + 1n) / 2n;
            mine.push({ start, end: middle });
            if (middle === end || ((i + n) % 3 === 0 && (await store.giveBack('order', { start: middle, end }))))
              continue;
            if (await leave(store, middle, end)) tally.left++;
          }
          return mine;
        }),
      );
      disjoint(used.flat());
      expect(tally.left).toBeGreaterThan(0);
      expect(tally.taken).toBeGreaterThan(0);
    });
  });
}
