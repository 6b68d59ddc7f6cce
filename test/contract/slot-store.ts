import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FrondError } from '../../src/errors.ts';
import type { Slot, SlotData, SlotLayout, SlotStore } from '../../src/stores/slot-store.ts';

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

const LAYOUT: SlotLayout = { epochMs: 1288834974657, timeBits: 41, workerBits: 5, sequenceBits: 12 };
const MAX_WORKER_ID = 31;
const T0_MS = 1_790_000_000_000;

function dataOf(token: string, change: Partial<SlotData> = {}): SlotData {
  return {
    token,
    incarnation: 1,
    renewal: 0,
    hwmMs: T0_MS,
    boundMs: T0_MS + 3_000,
    state: 'held',
    owner: { host: 'contract', port: null, pid: 42 },
    ...change,
  };
}

function claimed(slot: Slot | undefined): Slot {
  if (slot === undefined) throw new Error('expected a slot but the store gave none');
  return slot;
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
        const stolen = rig.seesLiveHolders ? await third.take(taken, dataOf('c', { incarnation: 3 })) : undefined;
        expect(stolen).toBeUndefined();
        expect((await other.write(taken, dataOf('b', { renewal: 1 })))?.data.renewal).toBe(1);
      });

      if (rig.seesLiveHolders)
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

      if (rig.seesLiveHolders)
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
