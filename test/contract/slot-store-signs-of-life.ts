import { describe, expect, it } from 'vitest';
import type { SlotStore } from '../../src/stores/slot-store.ts';
import { claimed, dataOf, MAX_WORKER_ID } from './slot-data.ts';

/**
 * The part of the contract about holders that live or do not.
 * @param instance one more open handle on the shared store
 * @param seesLiveHolders as in `SlotStoreRig`
 */
export function signsOfLifeContract(instance: () => Promise<SlotStore>, seesLiveHolders: boolean): void {
  describe('signs of life', () => {
    it('passes a sign of life over for who has proof of its own, where the store has none', async () => {
      const store = await instance();
      const slot = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
      const other = await instance();
      const taken = await other.take(slot, dataOf('b', { incarnation: 2 }), true);
      expect(taken?.data.token).toBe(store.provesDeath ? undefined : 'b');
      if (taken === undefined) return;
      expect(await store.write(slot, dataOf('a', { renewal: 1 }))).toBeUndefined();
      // What the former holder's end removes is its own sign of life, not its successor's.
      await store.letGo(0);
      const third = await instance();
      const stolen = seesLiveHolders ? await third.take(taken, dataOf('c', { incarnation: 3 })) : undefined;
      expect(stolen).toBeUndefined();
      expect((await other.write(taken, dataOf('b', { renewal: 1 })))?.data.renewal).toBe(1);
    });

    if (seesLiveHolders)
      it('does not give away a slot whose holder lives', async () => {
        const store = await instance();
        const slot = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
        const other = await instance();
        expect(await other.take(slot, dataOf('b', { incarnation: 2 }))).toBeUndefined();
        expect(await store.read(0)).toEqual(slot);
        expect((await store.write(slot, dataOf('a', { renewal: 1 })))?.data.renewal).toBe(1);
      });

    it('lets a slot be taken after its holder let go of it', async () => {
      const store = await instance();
      const slot = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
      await store.letGo(slot.workerId);
      const other = await instance();
      const taken = claimed(await other.take(slot, dataOf('b', { incarnation: 2 })));
      expect([taken.workerId, taken.data.token]).toEqual([0, 'b']);
    });

    it('lets a slot be taken after its holder closed without releasing it', async () => {
      const store = await instance();
      const slot = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
      await store.close();
      const other = await instance();
      expect(await other.read(0)).toEqual(slot);
      expect((await other.take(slot, dataOf('b', { incarnation: 2 })))?.data.token).toBe('b');
    });

    if (seesLiveHolders)
      it('keeps the other slots alive when it lets go of one', async () => {
        const store = await instance();
        const first = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
        const rival = await instance();
        const second = claimed(await rival.create(dataOf('b'), MAX_WORKER_ID));
        await store.letGo(first.workerId);
        const other = await instance();
        expect(await other.take(second, dataOf('c', { incarnation: 2 }))).toBeUndefined();
        expect((await other.take(first, dataOf('c', { incarnation: 2 })))?.workerId).toBe(0);
      });

    it('lets go of an unknown worker ID and closes twice without an error', async () => {
      const store = await instance();
      await store.letGo(17);
      await store.close();
      await store.close();
      expect(await (await instance()).list()).toEqual([]);
    });
  });
}
