import { describe, expect, it } from 'vitest';
import type { SnowflakeOptions } from '../../../src/allocators/snowflake/snowflake-allocator.ts';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { MemoryPlaces, type MemorySlotProof } from '../../support/memory-proof.ts';
import { LOOKAHEAD_MS, T0_MS, VirtualHost } from './host.ts';

const DAY_MS = 24 * 3_600_000;
const OFFLINE: SnowflakeOptions = { offlineStart: 'on' };

/** One host with a data directory, before a slot store that proves nothing; each start is a new process there. */
class Desk {
  readonly slots = new MemorySlots();
  readonly places = new MemoryPlaces();
  readonly ids: bigint[] = [];
  proof!: MemorySlotProof;
  nowMs = T0_MS;

  make(options: SnowflakeOptions = {}): VirtualHost {
    this.proof = this.places.proof();
    return new VirtualHost(this.slots, options, { wallMs: this.nowMs }, this.proof);
  }

  async start(options: SnowflakeOptions = {}): Promise<VirtualHost> {
    return this.make(options).start();
  }

  /** As kill -9: the session stays until it expires, the lock goes. */
  async kill(host: VirtualHost): Promise<void> {
    this.nowMs = host.nowMs + 1;
    await this.proof.close();
  }

  async stop(host: VirtualHost): Promise<void> {
    await host.stop();
    this.nowMs = host.nowMs + 1;
  }

  mint(host: VirtualHost): number {
    const id = host.mint();
    expect(this.ids.every(former => former < id)).toBe(true);
    this.ids.push(id);
    return host.timeOf(id);
  }
}

describe("this host's record of its slot", () => {
  it('lets the successor of a killed process go on under the same worker ID, above the mark and not the bound', async () => {
    const desk = new Desk();
    const first = await desk.start();
    await first.system.advance(2500);
    const lastMs = desk.mint(first);
    const { hwmMs, boundMs } = desk.slots.records.get(0)!.data;
    await desk.kill(first);

    const heir = await desk.start();
    const nextMs = desk.mint(heir);
    expect(nextMs).toBeGreaterThan(hwmMs);
    expect(nextMs).toBeLessThanOrEqual(hwmMs + 20);
    expect(nextMs).toBeLessThan(boundMs);
    expect(nextMs - lastMs).toBeLessThanOrEqual(LOOKAHEAD_MS + 20);
    expect(heir.allocator.status()).toMatchObject({ workerId: 0, claims: { proof: 1 }, proofs: { accepted: 1 } });
  });

  it("takes the slot although the dead holder's sign of life is still there", async () => {
    const desk = new Desk();
    await desk.kill(await desk.start());
    expect(desk.slots.locks.size).toBe(1);
    const heir = await desk.start();
    expect(heir.allocator.workerId).toBe(0);
    expect(desk.slots.records.size).toBe(1);
  });

  it('is no fault after a stop that gave the worker ID back', async () => {
    const desk = new Desk();
    await desk.stop(await desk.start());
    const heir = await desk.start();
    expect(heir.allocator.status()).toMatchObject({ workerId: 0, claims: { released: 1 }, proofs: { outdated: 1 } });
    const said = heir.system.logs.filter(({ fields }) => 'record' in fields);
    expect(said).toMatchObject([
      { level: 'info', message: expect.stringMatching(/^the last process here was done with its worker ID/) },
    ]);
  });

  it('gives two processes of a host a place and a worker ID each', async () => {
    const desk = new Desk();
    const [a, b] = [await desk.start(), await desk.start()];
    expect([a.allocator.workerId, b.allocator.workerId]).toEqual([0, 1]);
    expect(desk.places.holders.size).toBe(2);
  });

  it('proves nothing when it is an older copy than the slot, torn, or of another claim', async () => {
    const desk = new Desk();
    const first = await desk.start();
    const old = (await desk.places.left())!;
    await first.system.advance(3000);
    await desk.kill(first);
    const fresh = (await desk.places.left())!;
    const { boundMs } = desk.slots.records.get(0)!.data;
    const record = desk.places.records[0]!;
    const tries = [
      { put: () => record.write(old), proofs: { outdated: 1 } },
      { put: () => record.write({ ...fresh, token: 'foreign' }), proofs: { outdated: 1 } },
      { put: () => record.write({ ...fresh, store: 'zookeeper://elsewhere' }), proofs: { outdated: 1 } },
      { put: async () => record.damage('torn'), proofs: { damaged: 1 } },
      { put: async () => record.erase(), proofs: { absent: 1 } },
    ];
    for (const { put, proofs } of tries) {
      await put();
      const other = await desk.start();
      expect(other.allocator.status()).toMatchObject({ proofs, claims: { proof: 0, created: 1 } });
      expect(other.allocator.workerId).not.toBe(0);
      await desk.kill(other);
    }
    expect(desk.slots.records.get(0)!.data.boundMs).toBe(boundMs);
  });

  it('covers IDs while the slot store is away, as far as it is durable (I4)', async () => {
    const desk = new Desk();
    const first = await desk.start();
    first.store.down = true;
    await first.system.advance(60_000);
    const lastMs = desk.mint(first);
    expect(lastMs).toBeGreaterThan(desk.slots.records.get(0)!.data.hwmMs);
    await desk.kill(first);
    const heir = await desk.start();
    expect(heir.allocator.workerId).toBe(0);
    expect(desk.mint(heir)).toBeGreaterThan(lastMs);
  });

  it('goes on by the slot store alone while the disk is full, and stops when both fail', async () => {
    const desk = new Desk();
    const host = await desk.start();
    desk.proof.full = true;
    await host.system.advance(60_000);
    desk.mint(host);
    expect(host.allocator.status().records.failed).toBeGreaterThan(50);
    host.store.down = true;
    await host.system.advance(LOOKAHEAD_MS + 2000);
    expect(host.allocator.source().tryNext()).toBeUndefined();
    await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'LIMIT_REACHED' });
    // The record is older than the slot, and its number is not below the slot's: the slot's mark counts.
    const { hwmMs } = desk.slots.records.get(0)!.data;
    expect((await desk.places.left())!.hwmMs).toBeLessThan(hwmMs);
    await desk.kill(host);
    const next = await desk.start();
    expect(next.allocator.status()).toMatchObject({ workerId: 0, claims: { proof: 1 } });
    expect(desk.mint(next)).toBeGreaterThan(hwmMs);
  });

  it('serves without a record where none can be kept', async () => {
    const desk = new Desk();
    const host = desk.make();
    desk.proof.open = async () => {
      throw new Error('EROFS');
    };
    await host.start();
    host.store.down = true;
    await host.system.advance(500_000);
    desk.mint(host);
    expect(host.allocator.status()).toMatchObject({ proofs: { unreadable: 1 }, records: { written: 0, failed: 0 } });
  });

  it('earns the long allowance by having outlived a process', async () => {
    const desk = new Desk();
    const first = await desk.start();
    expect(first.allocator.status().boundLeftMs).toBeLessThan(605_000);
    await desk.kill(first);
    const heir = await desk.start();
    expect(heir.allocator.status().boundLeftMs).toBeGreaterThan(DAY_MS);
  });

  it('is given up before the slot is released, and a parked slot is gone on with at once', async () => {
    const desk = new Desk();
    const first = await desk.start();
    desk.mint(first);
    await desk.stop(first);
    expect(await desk.places.left()).toMatchObject({ state: 'given-up' });
    expect(desk.slots.records.get(0)!.data.state).toBe('released');

    const second = await desk.start({ slotOnStop: 'park' });
    const lastMs = desk.mint(second);
    await desk.stop(second);
    expect(await desk.places.left()).toMatchObject({ state: 'parked', hwmMs: lastMs });
    expect(desk.slots.records.get(0)!.data.state).toBe('held');
    expect(second.allocator.status().releases).toMatchObject({ parked: 1, acknowledged: 0 });

    const third = await desk.start();
    expect(third.nowMs - desk.nowMs).toBeLessThanOrEqual(20);
    desk.mint(third);
    expect(third.allocator.status()).toMatchObject({ workerId: 0, claims: { proof: 1 } });
  });

  describe('a start without the slot store', () => {
    it('is refused unless it is allowed', async () => {
      const desk = new Desk();
      await desk.kill(await desk.start());
      const heir = desk.make();
      heir.store.down = true;
      await heir.start();
      expect(heir.allocator.status()).toMatchObject({ state: 'refusing', failure: 'SLOT_STORE_UNAVAILABLE' });
    });

    it('goes on under the same token up to the bound, and renews when the store is back', async () => {
      const desk = new Desk();
      const first = await desk.start(OFFLINE);
      await first.system.advance(5000);
      desk.mint(first);
      const { token } = desk.slots.records.get(0)!.data;
      await desk.kill(first);

      const heir = desk.make(OFFLINE);
      heir.store.down = true;
      await heir.start();
      desk.mint(heir);
      expect(heir.allocator.status()).toMatchObject({ workerId: 0, claims: { offline: 1 } });
      await heir.system.advance(60_000);
      desk.mint(heir);
      heir.store.down = false;
      await heir.system.advance(2000);
      expect(desk.slots.records.get(0)!.data).toMatchObject({ token, state: 'held' });
      expect(heir.allocator.status().renewals.acknowledged).toBeGreaterThan(0);
      desk.mint(heir);
      await desk.stop(heir);
      expect(desk.slots.records.get(0)!.data.state).toBe('released');
    });

    it('ends at the bound of the last acknowledged renewal', async () => {
      const desk = new Desk();
      const first = await desk.start({ ...OFFLINE, allowanceMs: 30_000 });
      const { boundMs } = desk.slots.records.get(0)!.data;
      await desk.kill(first);
      const heir = desk.make({ ...OFFLINE, allowanceMs: 30_000 });
      heir.store.down = true;
      await heir.start();
      await heir.system.advance(60_000);
      expect(heir.allocator.source().tryNext()).toBeUndefined();
      expect(heir.allocator.status().lastTimeMs).toBeLessThanOrEqual(boundMs);
      await expect(heir.allocator.source().next()).rejects.toMatchObject({ code: 'LIMIT_REACHED' });
    });

    it('is not made from a slot that was given up, nor from a record written while that was not allowed', async () => {
      const desk = new Desk();
      await desk.stop(await desk.start(OFFLINE));
      const refused = desk.make(OFFLINE);
      refused.store.down = true;
      await refused.start();
      expect(refused.allocator.state).toBe('refusing');
      await desk.kill(refused);

      await desk.kill(await desk.start());
      const again = desk.make(OFFLINE);
      again.store.down = true;
      await again.start();
      expect(again.allocator.state).toBe('refusing');
    });

    it("ends when the slot turns out to be somebody else's", async () => {
      const desk = new Desk();
      const first = await desk.start({ ...OFFLINE, allowanceMs: 1000 });
      await desk.kill(first);
      const heir = desk.make({ ...OFFLINE, allowanceMs: 60_000 });
      heir.store.down = true;
      await heir.start();
      desk.mint(heir);
      desk.slots.expire(0);
      const slot = desk.slots.records.get(0)!;
      desk.slots.records.set(0, { ...slot, version: slot.version + 1, data: { ...slot.data, token: 'another' } });
      heir.store.down = false;
      await heir.system.advance(5000);
      expect(heir.allocator.status()).toMatchObject({ fences: 1, workerId: 1 });
      desk.mint(heir);
    });

    it('ends when the floor of the store was raised meanwhile: the slot may have had other holders', async () => {
      const desk = new Desk();
      await desk.kill(await desk.start(OFFLINE));
      const heir = desk.make(OFFLINE);
      heir.store.down = true;
      await heir.start();
      Object.defineProperty(heir.store, 'floorMs', { value: heir.nowMs + 60_000 });
      heir.store.down = false;
      await heir.system.advance(5000);
      expect(heir.allocator.status()).toMatchObject({ fences: 1, failure: 'CLOCK_BEHIND' });
    });

    it('uses nothing that the disk has not: a full disk ends it although the store is there', async () => {
      const desk = new Desk();
      const host = await desk.start(OFFLINE);
      desk.proof.full = true;
      await host.system.advance(LOOKAHEAD_MS + 1000);
      await expect(host.allocator.source().next()).rejects.toMatchObject({
        code: 'LIMIT_REACHED',
        message: expect.stringContaining('ENOSPC'),
      });
    });
  });
});
