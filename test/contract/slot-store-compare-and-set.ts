import { describe, expect, it } from 'vitest';
import type { SlotStore } from '../../src/stores/slot-store.ts';
import { claimed, dataOf, MAX_WORKER_ID, T0_MS } from './slot-data.ts';

/** The part of the contract about writing under a version. @param instance one more open handle on the shared store */
export function compareAndSetContract(instance: () => Promise<SlotStore>): void {
  describe('compare-and-set', () => {
    it('returns what it wrote, and every handle reads the same', async () => {
      const store = await instance();
      const data = dataOf('a', { incarnation: 7, renewal: 3, owner: { host: 'h.example', port: 8080, pid: 1 } });
      const slot = claimed(await store.create(data, MAX_WORKER_ID));
      expect(slot.data).toEqual(data);
      const other = await instance();
      expect(await other.read(slot.workerId)).toEqual(slot);
      expect(await other.list()).toEqual([slot]);
    });

    it('keeps timestamps exact far into the future', async () => {
      const store = await instance();
      const data = dataOf('a', { hwmMs: 4_398_046_511_103, boundMs: 8_796_093_022_207 });
      const slot = claimed(await store.create(data, MAX_WORKER_ID));
      expect((await store.read(slot.workerId))?.data).toEqual(data);
    });

    it('changes the version with every write and renews under the last one', async () => {
      const store = await instance();
      let slot = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
      const versions = new Set([slot.version]);
      for (let renewal = 1; renewal <= 5; renewal++) {
        const data = dataOf('a', { renewal, hwmMs: T0_MS + renewal, boundMs: T0_MS + 3_000 + renewal });
        slot = claimed(await store.write(slot, data));
        expect(slot.data).toEqual(data);
        versions.add(slot.version);
      }
      expect(versions.size).toBe(6);
      expect(await store.read(0)).toEqual(slot);
    });

    it('refuses a write under an old version and changes nothing', async () => {
      const store = await instance();
      const first = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
      const second = claimed(await store.write(first, dataOf('a', { renewal: 1 })));
      expect(await store.write(first, dataOf('a', { renewal: 99 }))).toBeUndefined();
      expect(await store.read(0)).toEqual(second);
    });

    it('refuses to take a slot under an old version and changes nothing', async () => {
      const store = await instance();
      const first = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
      const second = claimed(await store.write(first, dataOf('a', { renewal: 1 })));
      await store.letGo(0);
      const other = await instance();
      expect(await other.take(first, dataOf('b'))).toBeUndefined();
      expect(await other.read(0)).toEqual(second);
      expect((await other.take(second, dataOf('b', { incarnation: 2 })))?.data.token).toBe('b');
    });

    it('lets exactly one of many take the same released slot', async () => {
      const store = await instance();
      const slot = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
      const released = claimed(await store.write(slot, dataOf('a', { state: 'released', renewal: 1 })));
      await store.letGo(0);
      const rivals: SlotStore[] = [];
      for (let i = 0; i < 8; i++) rivals.push(await instance());
      const results = await Promise.all(
        rivals.map((rival, i) => rival.take(released, dataOf(`r${i}`, { incarnation: 2 }))),
      );
      const winners = results.filter(result => result !== undefined);
      expect(winners.length).toBe(1);
      expect((await rivals[0]!.read(0))?.data).toEqual(winners[0]!.data);
    });

    it('tells a holder that was taken over at its next write, and keeps the new record', async () => {
      const store = await instance();
      const mine = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
      await store.letGo(0);
      const other = await instance();
      const theirs = claimed(await other.take(mine, dataOf('b', { incarnation: 2 })));
      expect(await store.write(mine, dataOf('a', { renewal: 1 }))).toBeUndefined();
      expect(await store.read(0)).toEqual(theirs);
    });
  });
}
