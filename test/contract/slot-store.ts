import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FrondError } from '../../src/errors.ts';
import type { Slot, SlotLayout, SlotStore } from '../../src/stores/slot-store.ts';
import { claimed, dataOf, LAYOUT, MAX_WORKER_ID } from './slot-data.ts';
import { compareAndSetContract } from './slot-store-compare-and-set.ts';
import { signsOfLifeContract } from './slot-store-signs-of-life.ts';

/** One empty store that several instances share. */
export interface SlotStoreWorld {
  /** One more instance's handle on the shared store, not yet open. */
  handle(): SlotStore;
  /** Removes the store and whatever it left; every handle is closed before. */
  end(): Promise<void>;
}

export interface SlotStoreRig {
  readonly name: string;
  /** True when `take` refuses a slot whose holder lives (a lock or a session), not only a changed one. */
  readonly seesLiveHolders: boolean;
  /** An empty store; one that needs an explicit initialisation is made with `layout`. */
  open(layout: SlotLayout): Promise<SlotStoreWorld>;
}

/** What every `SlotStore` must do, whatever keeps its records. */
export function slotStoreContract(rig: SlotStoreRig): void {
  describe(`SlotStore contract: ${rig.name}`, () => {
    let world: SlotStoreWorld;
    let handles: SlotStore[];

    const instance = async (layout: SlotLayout = LAYOUT): Promise<SlotStore> => {
      const store = world.handle();
      handles.push(store);
      await store.open(layout);
      return store;
    };

    beforeEach(async () => {
      handles = [];
      world = await rig.open(LAYOUT);
    });

    afterEach(async () => {
      for (const store of handles) await store.close();
      await world.end();
    });

    describe('worker IDs', () => {
      it('gives the first instance of an empty store worker ID 0 and then counts up', async () => {
        const store = await instance();
        expect(await store.list()).toEqual([]);
        expect((await store.create(dataOf('a'), MAX_WORKER_ID))?.workerId).toBe(0);
        expect((await (await instance()).create(dataOf('b'), MAX_WORKER_ID))?.workerId).toBe(1);
        expect((await (await instance()).create(dataOf('c'), MAX_WORKER_ID))?.workerId).toBe(2);
      });

      it('gives 33 concurrent starters on 5 bits exactly 0 to 31 and one of them nothing', async () => {
        const stores: SlotStore[] = [];
        for (let i = 0; i < 33; i++) stores.push(await instance());
        const slots = await Promise.all(stores.map((store, i) => store.create(dataOf(`t${i}`), MAX_WORKER_ID)));
        const workerIds = slots.flatMap(slot => (slot === undefined ? [] : [slot.workerId])).sort((a, b) => a - b);
        expect(workerIds).toEqual(Array.from({ length: 32 }, (_, i) => i));
        const listed = await stores[0]!.list();
        expect(listed.map(slot => slot.workerId)).toEqual(workerIds);
        expect(new Set(listed.map(slot => slot.data.token)).size).toBe(32);
        expect(await stores[0]!.create(dataOf('late'), MAX_WORKER_ID)).toBeUndefined();
      });

      it('creates nothing above maxWorkerId and goes on when it is raised', async () => {
        const store = await instance();
        expect((await store.create(dataOf('a'), 0))?.workerId).toBe(0);
        const other = await instance();
        expect(await other.create(dataOf('b'), 0)).toBeUndefined();
        expect((await store.list()).length).toBe(1);
      });

      it('does not create a released worker ID a second time', async () => {
        const store = await instance();
        const slot = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
        await store.write(slot, dataOf('a', { state: 'released', renewal: 1 }));
        await store.letGo(slot.workerId);
        expect((await store.create(dataOf('b'), MAX_WORKER_ID))?.workerId).toBe(1);
      });

      it('frees exactly one worker ID when one of all is released', async () => {
        const stores: SlotStore[] = [];
        const slots: Slot[] = [];
        for (let i = 0; i < 4; i++) {
          const store = await instance();
          stores.push(store);
          slots.push(claimed(await store.create(dataOf(`t${i}`), 3)));
        }
        await stores[2]!.write(slots[2]!, dataOf('t2', { state: 'released', renewal: 1 }));
        await stores[2]!.letGo(2);

        const late = await instance();
        expect(await late.create(dataOf('late'), 3)).toBeUndefined();
        const listed = await late.list();
        expect(listed.filter(slot => slot.data.state === 'released').map(slot => slot.workerId)).toEqual([2]);
        const wanted = rig.seesLiveHolders ? listed : listed.filter(slot => slot.data.state === 'released');
        const taken: number[] = [];
        for (const slot of wanted) {
          const got = await late.take(slot, dataOf('late', { incarnation: slot.data.incarnation + 1 }));
          if (got !== undefined) taken.push(got.workerId);
        }
        expect(taken).toEqual([2]);
      });
    });

    compareAndSetContract(instance);

    signsOfLifeContract(instance, rig.seesLiveHolders);

    describe('the store itself', () => {
      it('lists slots in the order of worker IDs whatever the order of writes', async () => {
        const store = await instance();
        const slots: Slot[] = [];
        for (let i = 0; i < 12; i++) slots.push(claimed(await (await instance()).create(dataOf(`t${i}`), 31)));
        await store.write(slots[11]!, dataOf('t11', { renewal: 1 }));
        await store.write(slots[3]!, dataOf('t3', { renewal: 1 }));
        expect((await store.list()).map(slot => slot.workerId)).toEqual(Array.from({ length: 12 }, (_, i) => i));
      });

      it('knows nothing of a worker ID that was never created', async () => {
        const store = await instance();
        expect(await store.read(5)).toBeUndefined();
        const ghost: Slot = { workerId: 5, version: 1, data: dataOf('ghost') };
        expect(await store.write(ghost, dataOf('ghost', { renewal: 1 }))).toBeUndefined();
        expect(await store.take(ghost, dataOf('ghost', { incarnation: 2 }))).toBeUndefined();
        expect(await store.list()).toEqual([]);
      });

      it.each([
        ['epochMs', { epochMs: LAYOUT.epochMs + 1 }],
        ['timeBits', { timeBits: 40 }],
        ['workerBits', { workerBits: 6 }],
        ['sequenceBits', { sequenceBits: 11 }],
      ])('refuses to open with another %s than it was made with', async (field, change) => {
        await instance();
        const error = await instance({ ...LAYOUT, ...change }).catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(FrondError);
        expect((error as FrondError).code).toBe('LAYOUT_MISMATCH');
        expect((error as FrondError).message).toContain(field);
      });

      it('has a floor, and a time sample that is a Unix time if it has one', async () => {
        const store = await instance();
        expect(Number.isSafeInteger(store.floorMs) && store.floorMs >= 0).toBe(true);
        const sampleMs = await store.sampleTimeMs();
        if (sampleMs !== undefined) {
          expect(Number.isInteger(sampleMs)).toBe(true);
          expect(sampleMs).toBeGreaterThan(Date.UTC(2020, 0));
        }
      });

      it('refuses every call after it was closed, with SLOT_STORE_UNAVAILABLE', async () => {
        const store = await instance();
        const slot = claimed(await store.create(dataOf('a'), MAX_WORKER_ID));
        await store.close();
        const calls = [
          () => store.list(),
          () => store.create(dataOf('b'), MAX_WORKER_ID),
          () => store.take(slot, dataOf('b')),
          () => store.write(slot, dataOf('a', { renewal: 1 })),
          () => store.read(0),
        ];
        for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
      });
    });
  });
}
