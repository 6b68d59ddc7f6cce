import { describe, expect, it } from 'vitest';
import { releaseSlot } from '../../../src/allocators/snowflake/slot-release.ts';
import { initMysqlSlots } from '../../../src/stores/slots/init-mysql.ts';
import { realSystem } from '../../../src/system/system.ts';
import { LAYOUT, SlotRig } from '../../support/slot-rig.ts';
import { waitUntil } from '../../support/wait-until.ts';

// After every test the rig asserts that no ID was given twice and that those of an instance strictly increased.

const rig = new SlotRig();

const CREATE = 'INSERT INTO frond_slot';
const TAKE = 'AND EXISTS (SELECT 1';
const WRITE = 'UPDATE frond_slot SET';

describe('a claim whose outcome is lost', () => {
  it.each(['reply', 'request'] as const)(
    'with the %s of a create still ends with one row, and it is ours',
    async what => {
      const lost = rig.proxy.loseNext(CREATE, what);
      const instance = rig.instance('proxied');
      await instance.allocator.start();
      await lost;
      await instance.more('IDs');
      expect((await rig.rows()).map(row => row.worker_id)).toEqual([0]);
      const { claims, workerId } = instance.allocator.status();
      expect([workerId, claims.readBack + claims.created]).toEqual([0, 1]);
      if (what === 'reply') expect(claims.readBack).toBe(1);
    },
  );

  it.each(['reply', 'request'] as const)(
    'with the %s of a takeover goes on above the bound that it replaced',
    async what => {
      const boundMs = Date.now() - 5;
      await rig.leave(0, 'released', boundMs);
      const lost = rig.proxy.loseNext(TAKE, what);
      const instance = rig.instance('proxied');
      await instance.allocator.start();
      await lost;
      await instance.more('IDs');
      const { claims, workerId, incarnation, floorMs } = instance.allocator.status();
      expect([workerId, incarnation, floorMs]).toEqual([0, 4, boundMs]);
      expect(claims.readBack + claims.released).toBe(1);
      if (what === 'reply') expect(claims.readBack).toBe(1);
    },
  );
});

describe('a holder', () => {
  it.each(['reply', 'request'] as const)('whose renewals lose their %s reads its row back and goes on', async what => {
    const instance = rig.instance('proxied');
    await instance.allocator.start();
    const [before] = await rig.rows();
    for (let i = 0; i < 3; i++) {
      await rig.proxy.loseNext(WRITE, what);
      const { acknowledged } = instance.allocator.status().renewals;
      await waitUntil('a renewal', () => instance.allocator.status().renewals.acknowledged > acknowledged);
    }
    await instance.more('IDs');
    const { fences, renewals, workerId } = instance.allocator.status();
    expect([fences, renewals.lost, workerId]).toEqual([0, 0, 0]);
    expect(renewals.unknown).toBeGreaterThanOrEqual(3);
    const [after] = await rig.rows();
    expect(after!.token).toBe(before!.token);
    expect(Number(after!.bound_ms)).toBeGreaterThan(instance.lastMs);
  });

  it('whose connections are cut again and again goes on under the same claim', async () => {
    const instance = rig.instance('proxied');
    await instance.allocator.start();
    for (let i = 0; i < 5; i++) {
      const { acknowledged } = instance.allocator.status().renewals;
      rig.proxy.cut();
      await waitUntil('a renewal', () => instance.allocator.status().renewals.acknowledged > acknowledged);
    }
    expect(instance.allocator.status()).toMatchObject({ state: 'ready', fences: 0, workerId: 0, incarnation: 1 });
  });

  it('whose database falls silent gives IDs up to its bound, then LIMIT_REACHED, and resumes by itself', async () => {
    const instance = rig.instance('proxied');
    await instance.allocator.start();
    await instance.more('IDs');
    rig.proxy.goSilent();
    await instance.more('IDs without the database');
    await waitUntil('the refusal', () => instance.allocator.state === 'refusing');
    await expect(instance.allocator.source().next({ deadlineMs: 0 })).rejects.toMatchObject({ code: 'LIMIT_REACHED' });
    const [row] = await rig.rows();
    expect(instance.lastMs).toBeLessThanOrEqual(Number(row!.bound_ms));
    expect(instance.lastMs).toBeGreaterThan(Number(row!.bound_ms) - 1000);
    rig.proxy.pass();
    await instance.more('IDs after the outage');
    expect(instance.allocator.status()).toMatchObject({ state: 'ready', fences: 0, workerId: 0, incarnation: 1 });
  });

  it('that is silent beyond its bound is replaced above it, and fences itself when it hears of that', async () => {
    const narrow = { workerBits: 1 };
    await rig.database.query('UPDATE frond_slot_layout SET worker_bits = 1');
    await rig.leave(1, 'held', Date.now() + 3_600_000);
    await rig.leave(0, 'released', Date.now() - 5);
    const first = rig.instance('proxied', narrow);
    await first.allocator.start();
    await first.more('IDs');
    rig.proxy.goSilent();
    const second = rig.instance('direct', narrow);
    await second.allocator.start();
    expect(second.allocator.status()).toMatchObject({ state: 'refusing', failure: 'NO_FREE_SLOT' });
    await second.more('IDs of the successor');
    expect(second.allocator.status()).toMatchObject({ workerId: 0, claims: { expired: 1 } });
    expect(second.allocator.decode(second.ids[0]!).timeMs).toBeGreaterThan(first.lastMs);
    rig.proxy.pass();
    await waitUntil('the fence', () => first.allocator.status().fences === 1);
    await second.more('IDs of the successor');
    const given = first.ids.length;
    await waitUntil('the refusal', () => first.allocator.status().failure === 'NO_FREE_SLOT');
    expect(first.ids.length).toBe(given);
  });

  it('that was released by force although it lives fences itself at its next renewal and claims anew', async () => {
    const instance = rig.instance('proxied');
    await instance.allocator.start();
    await instance.more('IDs');
    const { store } = rig.instance('direct');
    await store.open(LAYOUT);
    const options = { force: false, aheadMs: 600 };
    await expect(releaseSlot(store, 0, realSystem, options)).rejects.toMatchObject({ code: 'SLOT_IN_USE' });
    // A renewal may come between its read and its write.
    await waitUntil('the release', () => releaseSlot(store, 0, realSystem, { ...options, force: true }));
    await waitUntil('the fence', () => instance.allocator.status().fences === 1);
    await instance.more('IDs of the new claim');
    expect(instance.allocator.workerId).toBe(1);
  });

  it('whose row or whose tables are gone fences itself and claims anew above the new floor', async () => {
    const instance = rig.instance('proxied');
    await instance.allocator.start();
    await instance.more('IDs');
    await rig.database.query('DELETE FROM frond_slot');
    await waitUntil('the fence', () => instance.allocator.status().fences === 1);
    await instance.more('IDs of the new claim');
    await rig.database.query('DROP TABLE frond_slot, frond_slot_layout');
    await initMysqlSlots(rig.database.url, LAYOUT, realSystem, { lostMs: 500 });
    const [layout] = await rig.database.query<{ floor_ms: string }>('SELECT floor_ms FROM frond_slot_layout');
    await waitUntil('the fence', () => instance.allocator.status().fences === 2);
    await instance.more('IDs above the floor');
    expect(instance.allocator.status().floorMs).toBeGreaterThanOrEqual(Number(layout!.floor_ms));
    expect(instance.allocator.status().workerId).toBe(0);
  });
});

describe('a pool of 32 worker IDs', () => {
  const calm = { renewIntervalMs: 1000, lookaheadMs: 3000, startWaitMaxMs: 5000, opTimeoutMs: 1500 };

  it('gives 32 concurrent starters exactly 0 to 31, the 33rd a clear refusal, and one released to that one', async () => {
    const instances = Array.from({ length: 32 }, () => rig.instance('direct', calm));
    await Promise.all(instances.map(each => each.allocator.start()));
    await waitUntil('all to hold', () => instances.every(each => each.allocator.state === 'ready'));
    const workerIds = instances.map(each => each.allocator.workerId!).sort((a, b) => a - b);
    expect(workerIds).toEqual(Array.from({ length: 32 }, (_, i) => i));
    const late = rig.instance('direct', calm);
    await late.allocator.start();
    const status = late.allocator.status();
    expect([status.state, status.failure]).toEqual(['refusing', 'NO_FREE_SLOT']);
    expect(status.reason).toMatch(/All 32 worker IDs are held; the next may be free in \d+ ms/);
    const freed = instances[11]!.allocator.workerId;
    await instances[11]!.allocator.stop();
    await late.more('IDs');
    expect([late.allocator.workerId, late.allocator.status().claims.released]).toEqual([freed, 1]);
    expect((await rig.rows()).length).toBe(32);
    const views = await late.allocator.listWorkers();
    expect(views.map(view => [view.state, view.free])).toEqual(views.map(() => ['held', false]));
  });
});
