import { describe, expect, it } from 'vitest';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { T0_MS, VirtualHost } from './host.ts';

const PROVING = { provesDeath: true };
const LOOKAHEAD_MS = 3000;
const ALLOWANCE_MS = 600_000;

describe('slot keeper', () => {
  describe('with a store that proves death', () => {
    it('claims worker 0 of an empty store and gives IDs at once', async () => {
      const slots = new MemorySlots(PROVING);
      const host = await new VirtualHost(slots).start();
      expect(host.nowMs).toBeLessThanOrEqual(T0_MS + 10);
      const id = host.mint();
      expect(host.allocator.decode(id)).toMatchObject({ timeMs: host.nowMs, workerId: 0 });
      expect(host.allocator.status()).toMatchObject({ state: 'ready', workerId: 0, claims: { created: 1 } });
    });

    it('keeps the mark of time one lookahead above the clock, and the bound equal to it (I4)', async () => {
      const slots = new MemorySlots(PROVING);
      const host = await new VirtualHost(slots).start();
      for (let second = 0; second < 5; second++) {
        await host.system.advance(1000);
        const { hwmMs, boundMs } = slots.records.get(0)!.data;
        expect(boundMs).toBe(hwmMs);
        expect(hwmMs - host.nowMs).toBeGreaterThan(LOOKAHEAD_MS - 1100);
        expect(hwmMs - host.nowMs).toBeLessThanOrEqual(LOOKAHEAD_MS);
        expect(host.timeOf(host.mint())).toBe(host.nowMs);
      }
      expect(host.allocator.status().renewals).toEqual({ acknowledged: 5, unknown: 0, lost: 0 });
    });

    it('releases at the exact last timestamp, and the next one starts at once above it (I6)', async () => {
      const slots = new MemorySlots(PROVING);
      const first = await new VirtualHost(slots).start();
      const last = first.mint();
      await first.stop();
      expect(slots.records.get(0)?.data).toMatchObject({
        state: 'released',
        hwmMs: first.timeOf(last),
        boundMs: first.timeOf(last),
      });
      expect(slots.locks.size).toBe(0);

      const second = await new VirtualHost(slots, {}, { wallMs: first.nowMs + 1 }).start();
      expect(second.nowMs - first.nowMs).toBeLessThanOrEqual(11);
      expect(second.mint()).toBeGreaterThan(last);
      expect(second.allocator.status()).toMatchObject({ workerId: 0, incarnation: 2, claims: { proof: 1 } });
    });

    it('releases at the floor when it minted nothing', async () => {
      const slots = new MemorySlots({ ...PROVING, floorMs: T0_MS - 77 });
      const host = await new VirtualHost(slots).start();
      await host.stop();
      expect(slots.records.get(0)?.data).toMatchObject({ state: 'released', hwmMs: T0_MS - 77, boundMs: T0_MS - 77 });
    });

    it('starts above the mark after a crash, waiting openly until the clock is there (I3, S6)', async () => {
      const slots = new MemorySlots(PROVING);
      const first = await new VirtualHost(slots).start();
      first.system.stepWall(2500);
      const last = first.mint();
      const { hwmMs } = slots.records.get(0)!.data;
      await first.crash();

      const second = new VirtualHost(slots, {}, { wallMs: T0_MS + 100 });
      const starting = second.start();
      await second.system.settle();
      expect(second.allocator.state).toBe('starting');
      await starting;
      expect(second.nowMs).toBeGreaterThan(hwmMs);
      expect(second.nowMs).toBeLessThanOrEqual(hwmMs + 20);
      const next = second.mint();
      expect(next).toBeGreaterThan(last);
      expect(second.timeOf(next)).toBeGreaterThan(hwmMs);
      expect(second.allocator.workerId).toBe(0);
    });

    it('waits for its slot rather than hop to another one', async () => {
      const slots = new MemorySlots(PROVING);
      const a = await new VirtualHost(slots).start();
      const b = await new VirtualHost(slots).start();
      await b.stop();
      await a.crash();
      const heir = await new VirtualHost(slots, {}, { wallMs: T0_MS + 100 }).start();
      expect(heir.allocator.workerId).toBe(0);
      expect(slots.records.size).toBe(2);
    });

    it('does not ratchet in a crash loop every 200 ms: the wait and the mark stay within the lookahead (I12)', async () => {
      const slots = new MemorySlots(PROVING);
      const ids: bigint[] = [];
      let nowMs = T0_MS;
      let served = 0;
      for (let life = 0; life < 100; life++) {
        const host = new VirtualHost(slots, {}, { wallMs: nowMs });
        void host.allocator.start();
        await host.system.advance(200);
        const id = host.allocator.source().tryNext();
        if (id !== undefined) {
          ids.push(id);
          served++;
        }
        nowMs = host.nowMs;
        expect(slots.records.get(0)!.data.hwmMs - nowMs).toBeLessThanOrEqual(LOOKAHEAD_MS);
        const status = host.allocator.status();
        expect((status.floorMs ?? 0) - nowMs).toBeLessThanOrEqual(LOOKAHEAD_MS);
        await host.crash();
      }
      expect(slots.records.size).toBe(1);
      // A life that serves raises the mark by a lookahead, so about every 16th of these short lives can.
      expect(served).toBeGreaterThanOrEqual(5);
      expect(new Set(ids).size).toBe(ids.length);
      expect([...ids].sort((x, y) => (x < y ? -1 : 1))).toEqual(ids);
    });

    it('mints nothing above the acknowledged mark while the disk refuses, and goes on when it is well again', async () => {
      const slots = new MemorySlots(PROVING);
      const host = await new VirtualHost(slots).start();
      host.store.down = true;
      const { hwmMs } = slots.records.get(0)!.data;
      let lastMs = 0;
      for (let i = 0; i < 60; i++) {
        await host.system.advance(100);
        const id = host.allocator.source().tryNext();
        if (id !== undefined) lastMs = host.timeOf(id);
      }
      expect(lastMs).toBeGreaterThan(hwmMs - 101);
      expect(lastMs).toBeLessThanOrEqual(hwmMs);
      expect(host.allocator.state).toBe('refusing');
      await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'LIMIT_REACHED', retryAfterMs: 1000 });
      host.store.down = false;
      await host.system.advance(1100);
      expect(host.allocator.state).toBe('ready');
      expect(host.timeOf(host.mint())).toBe(host.nowMs);
      expect(host.allocator.workerId).toBe(0);
    });
  });

  describe('with a store that proves nothing', () => {
    it('publishes a bound one allowance above the mark, and never lowers it while it holds the slot (I6)', async () => {
      const slots = new MemorySlots();
      const host = await new VirtualHost(slots).start();
      let boundMs = 0;
      for (let i = 0; i < 10; i++) {
        const { data } = slots.records.get(0)!;
        expect(data.boundMs).toBe(data.hwmMs + ALLOWANCE_MS);
        expect(data.boundMs).toBeGreaterThanOrEqual(boundMs);
        boundMs = data.boundMs;
        if (i === 4) host.system.stepWall(-4000);
        await host.system.advance(1000);
      }
    });

    it('serves through an outage up to the acknowledged bound and not a millisecond further (I2)', async () => {
      const slots = new MemorySlots();
      const host = await new VirtualHost(slots, { allowanceMs: 20_000 }).start();
      host.store.down = true;
      const { boundMs } = slots.records.get(0)!.data;
      let lastMs = 0;
      while (host.nowMs < boundMs + 5000) {
        await host.system.advance(100);
        const id = host.allocator.source().tryNext();
        if (id === undefined) expect(host.nowMs).toBeGreaterThan(boundMs);
        else lastMs = host.timeOf(id);
      }
      expect(lastMs).toBeGreaterThan(boundMs - 101);
      expect(lastMs).toBeLessThanOrEqual(boundMs);
      await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'LIMIT_REACHED' });
      host.store.down = false;
      await host.system.advance(1100);
      expect(host.timeOf(host.mint())).toBe(host.nowMs);
    });

    it('goes on through an outage in which calls hang instead of failing', async () => {
      const slots = new MemorySlots();
      const host = await new VirtualHost(slots).start();
      host.store.frozen = true;
      for (let i = 0; i < 300; i++) {
        await host.system.advance(100);
        host.mint();
      }
      host.store.frozen = false;
      host.store.answer();
      await host.system.advance(10_000);
      const { data } = slots.records.get(0)!;
      expect(data.hwmMs).toBeGreaterThan(host.nowMs + 1000);
      expect(host.allocator.status().fences).toBe(0);
    });

    it('takes a released slot before a new one, its own address first', async () => {
      const slots = new MemorySlots();
      const owner = (port: number) => ({ owner: { host: 'h', port, pid: 1 } });
      const hosts = [];
      for (const port of [1, 2, 3]) hosts.push(await new VirtualHost(slots, owner(port)).start());
      for (const host of hosts) await host.stop();
      const at = { wallMs: T0_MS + 60_000 };
      expect((await new VirtualHost(slots, owner(2), at).start()).allocator.workerId).toBe(1);
      expect((await new VirtualHost(slots, owner(9), at).start()).allocator.workerId).toBe(0);
      expect((await new VirtualHost(slots, owner(9), at).start()).allocator.workerId).toBe(2);
      expect((await new VirtualHost(slots, owner(9), at).start()).allocator.workerId).toBe(3);
    });

    it('leaves the slot of a crashed holder alone until its bound has passed, then starts above it (I3)', async () => {
      const slots = new MemorySlots();
      const small = { workerBits: 0, allowanceMs: 20_000 };
      const first = await new VirtualHost(slots, small).start();
      const last = first.mint();
      await first.crash();
      const { boundMs } = slots.records.get(0)!.data;
      const second = await new VirtualHost(slots, small, { wallMs: first.nowMs + 10 }).start();
      expect(second.allocator.state).toBe('refusing');
      const error = await second.allocator
        .source()
        .next()
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'NO_FREE_SLOT', details: { slots: 1 } });
      await second.system.advance(boundMs - second.nowMs - 100);
      expect(second.allocator.source().tryNext()).toBeUndefined();
      await second.system.advance(6000);
      const next = second.mint();
      expect(second.timeOf(next)).toBeGreaterThan(boundMs);
      expect(next).toBeGreaterThan(last);
      expect(second.allocator.status().claims.expired).toBe(1);
    });

    it('mints above the bound it replaced even when the clock goes back right after the claim (I3)', async () => {
      const slots = new MemorySlots();
      const small = { workerBits: 0, allowanceMs: 5000 };
      const first = await new VirtualHost(slots, small).start();
      const { boundMs } = slots.records.get(0)!.data;
      slots.expire(0);
      const heir = await new VirtualHost(slots, small, { wallMs: boundMs + 1 }).start();
      heir.system.stepWall(-4000);
      expect(heir.timeOf(heir.mint())).toBe(boundMs + 1);
      expect(first.timeOf(first.mint())).toBeLessThanOrEqual(boundMs);
    });

    it('does not take a slot whose bound has passed by its own clock only, when the store knows better', async () => {
      const slots = new MemorySlots({ timeMs: () => T0_MS + 4000 });
      const small = { workerBits: 0, allowanceMs: 0 };
      await (await new VirtualHost(slots, small).start()).crash();
      const { boundMs } = slots.records.get(0)!.data;
      expect(boundMs).toBeLessThan(T0_MS + 4000);
      slots.records.set(0, {
        ...slots.records.get(0)!,
        data: { ...slots.records.get(0)!.data, boundMs: T0_MS + 5000 },
      });
      const fast = await new VirtualHost(slots, small, { wallMs: T0_MS + 9000 }).start();
      expect(fast.allocator.state).toBe('refusing');
      expect(fast.allocator.status().failure).toBe('NO_FREE_SLOT');
    });
  });

  describe('a lost slot', () => {
    it('ends minting, and a new one is claimed under a new token, above all IDs of the process (I13)', async () => {
      const slots = new MemorySlots();
      const host = await new VirtualHost(slots).start();
      const before = host.mint();
      const { token } = slots.records.get(0)!.data;
      const stored = slots.records.get(0)!;
      slots.expire(0);
      slots.records.set(0, { ...stored, version: 99, data: { ...stored.data, token: 'somebody else' } });
      await host.system.advance(1001);
      expect(host.allocator.source().tryNext()).toBeUndefined();
      expect(host.allocator.state).toBe('refusing');
      const waiting = host.allocator.source().next({ deadlineMs: 5000 });
      await host.system.advance(2000);
      const after = await waiting;
      expect(after).toBeGreaterThan(before);
      expect(host.allocator.status()).toMatchObject({ workerId: 1, fences: 1, renewals: { lost: 1 } });
      expect(slots.records.get(1)!.data.token).not.toBe(token);
      expect(slots.records.get(0)!.data.token).toBe('somebody else');
      expect(host.system.logged('error')).toHaveLength(1);
    });

    it('is never made again when its record is gone (I11)', async () => {
      const slots = new MemorySlots();
      const host = await new VirtualHost(slots).start();
      host.mint();
      slots.records.clear();
      slots.locks.clear();
      await host.system.advance(1001);
      expect(host.allocator.source().tryNext()).toBeUndefined();
      expect(host.allocator.status().fences).toBe(1);
      expect(slots.records.size).toBe(0);
    });

    it('opens the store again before the next claim, which checks the layout (I11)', async () => {
      const slots = new MemorySlots();
      const host = await new VirtualHost(slots).start();
      expect(host.store.openings).toBe(1);
      slots.records.clear();
      slots.layout = { ...slots.layout!, epochMs: 1 };
      await host.system.advance(5000);
      expect(host.store.openings).toBeGreaterThan(1);
      expect(host.allocator.status().failure).toBe('LAYOUT_MISMATCH');
    });

    it('does no harm before it is noticed: holder and successor mint in windows that do not meet (I2, I3)', async () => {
      const slots = new MemorySlots();
      const small = { workerBits: 0, allowanceMs: 5000 };
      const paused = await new VirtualHost(slots, small).start();
      const seen = new Set([paused.mint()]);
      const { boundMs } = slots.records.get(0)!.data;
      paused.store.down = true;
      slots.expire(0);
      const heir = await new VirtualHost(slots, small, { wallMs: boundMs + 1 }).start();
      for (let i = 0; i < 100; i++) {
        await paused.system.advance(100);
        await heir.system.advance(100);
        for (const host of [paused, heir]) {
          for (const range of await host.allocator
            .source()
            .nextMany(3, { deadlineMs: 0 })
            .catch(() => [])) {
            for (let id = range.start; id <= range.end; id++) {
              expect(seen.has(id)).toBe(false);
              seen.add(id);
            }
          }
        }
      }
      expect(heir.allocator.workerId).toBe(0);
      paused.store.down = false;
      await paused.system.advance(3000);
      expect(paused.allocator.status().fences).toBe(1);
    });
  });

  describe('an unknown outcome', () => {
    it('of a renewal that took effect is read back and adopted (I8)', async () => {
      const slots = new MemorySlots(PROVING);
      const host = await new VirtualHost(slots).start();
      host.store.faults.push('after');
      await host.system.advance(1001);
      expect(host.allocator.status().renewals).toEqual({ acknowledged: 0, unknown: 1, lost: 0 });
      expect(host.allocator.status().limitLeftMs).toBeLessThan(2000);
      const reads = host.store.reads;
      await host.system.advance(1000);
      expect(host.store.reads).toBe(reads + 1);
      expect(host.allocator.status()).toMatchObject({ fences: 0, renewals: { acknowledged: 1, unknown: 1, lost: 0 } });
      expect(host.allocator.status().limitLeftMs).toBeGreaterThan(2900);
    });

    it('of a renewal that was taken over meanwhile ends the claim (I8, I13)', async () => {
      const slots = new MemorySlots();
      const host = await new VirtualHost(slots).start();
      host.store.faults.push('before');
      await host.system.advance(1001);
      const stored = slots.records.get(0)!;
      slots.records.set(0, { ...stored, version: 50, data: { ...stored.data, token: 'somebody else' } });
      await host.system.advance(1000);
      expect(host.allocator.status().fences).toBe(1);
    });

    it('of a renewal without an answer starts no second one until it is answered or given up (I10)', async () => {
      const slots = new MemorySlots();
      const host = await new VirtualHost(slots).start();
      host.store.faults.push('hang');
      await host.system.advance(1001);
      const { changes } = host.store;
      await host.system.advance(3000);
      expect(host.store.changes).toBe(changes);
      expect(host.allocator.status().renewals.unknown).toBeGreaterThan(0);
      host.store.answer();
      await host.system.advance(1100);
      expect(host.store.changes).toBe(changes + 1);
      expect(host.allocator.status()).toMatchObject({ fences: 0 });
      expect(slots.records.get(0)!.data.hwmMs).toBeGreaterThan(host.nowMs + 1800);
    });

    it.each([
      ['after', true],
      ['after', false],
      ['before', true],
      ['before', false],
      ['hangAfter', true],
      ['hangAfter', false],
    ] as const)('of a first claim (%s, proof %s) ends with one slot that is ours', async (fault, provesDeath) => {
      const slots = new MemorySlots({ provesDeath });
      const host = new VirtualHost(slots);
      host.store.faults.push(fault);
      await host.start();
      await host.system.advance(10_000);
      host.store.answer();
      await host.system.advance(2000);
      expect(host.allocator.state).toBe('ready');
      expect(slots.records.size).toBe(1);
      expect(host.timeOf(host.mint())).toBe(host.nowMs);
      expect(slots.locks.has(0)).toBe(true);
    });

    it.each([true, false])('of a takeover keeps the floor of what was replaced (proof %s)', async provesDeath => {
      const slots = new MemorySlots({ provesDeath });
      const first = await new VirtualHost(slots, { allowanceMs: 3000 }).start();
      first.system.stepWall(2000);
      const last = first.mint();
      await first.stop();
      const second = new VirtualHost(slots, {}, { wallMs: T0_MS + 4000 });
      second.store.faults.push('after');
      await second.start();
      await second.system.advance(5000);
      expect(second.allocator.workerId).toBe(0);
      expect(second.allocator.status().claims.readBack).toBe(1);
      expect(second.allocator.status().floorMs).toBeGreaterThanOrEqual(first.timeOf(last));
      expect(second.mint()).toBeGreaterThan(last);
    });

    it('of a release is read back and tried once more', async () => {
      const slots = new MemorySlots(PROVING);
      const host = await new VirtualHost(slots).start();
      const last = host.mint();
      host.store.faults.push('before');
      await host.stop();
      expect(slots.records.get(0)!.data).toMatchObject({ state: 'released', hwmMs: host.timeOf(last) });
    });
  });

  describe('the clock', () => {
    it('of a jump ahead does not raise the mark until it has lasted, where the store has no time (C2)', async () => {
      const slots = new MemorySlots(PROVING);
      const host = await new VirtualHost(slots).start();
      host.system.stepWall(3_600_000);
      await host.system.advance(5000);
      expect(slots.records.get(0)!.data.hwmMs).toBeLessThan(T0_MS + 20_000);
      expect(host.allocator.state).toBe('refusing');
      const error = await host.allocator
        .source()
        .next()
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'LIMIT_REACHED' });
      expect(String(error)).toContain('jumped');
      await host.system.advance(7000);
      expect(host.allocator.state).toBe('ready');
      expect(host.timeOf(host.mint())).toBe(host.nowMs);
      expect(host.allocator.status()).toMatchObject({ jumpsHeld: 1, jumpsConfirmed: 1 });
    });

    it('of one bad step that is corrected leaves no trace (C2)', async () => {
      const slots = new MemorySlots(PROVING);
      const host = await new VirtualHost(slots).start();
      host.system.stepWall(86_400_000);
      await host.system.advance(6000);
      host.system.stepWall(-86_400_000);
      await host.system.advance(1100);
      expect(host.allocator.state).toBe('ready');
      expect(slots.records.get(0)!.data.hwmMs).toBeLessThanOrEqual(host.nowMs + LOOKAHEAD_MS);
      expect(host.timeOf(host.mint())).toBe(host.nowMs);
    });

    it('of a resumed host is believed as soon as the store agrees (C2)', async () => {
      let storeMs = T0_MS;
      const slots = new MemorySlots({ timeMs: () => storeMs });
      const host = await new VirtualHost(slots).start();
      host.system.stepWall(3_600_000);
      storeMs = host.nowMs;
      await host.system.advance(1100);
      expect(host.allocator.state).toBe('ready');
      expect(host.timeOf(host.mint())).toBe(host.nowMs);
    });

    it('of a jump that the store denies is not believed however long it lasts (C2)', async () => {
      let host: VirtualHost | undefined;
      let offsetMs = 0;
      const slots = new MemorySlots({ timeMs: () => (host?.nowMs ?? T0_MS) - offsetMs });
      host = await new VirtualHost(slots).start();
      offsetMs = 3_600_000;
      host.system.stepWall(offsetMs);
      await host.system.advance(60_000);
      expect(host.allocator.state).toBe('refusing');
      expect(slots.records.get(0)!.data.hwmMs).toBeLessThan(T0_MS + 10_000);
    });

    it('of a start that differs from the store is refused with CLOCK_SKEW until it is right (C1)', async () => {
      let storeMs = T0_MS;
      const slots = new MemorySlots({ timeMs: () => storeMs });
      const host = await new VirtualHost(slots, {}, { wallMs: T0_MS + 60_000 }).start();
      expect(host.allocator.state).toBe('refusing');
      await expect(host.allocator.source().next()).rejects.toMatchObject({
        code: 'CLOCK_SKEW',
        retryAfterMs: expect.any(Number),
      });
      expect(slots.records.size).toBe(0);
      storeMs = host.nowMs;
      await host.system.advance(5000);
      expect(host.allocator.state).toBe('ready');
    });

    it('of a start far behind the persisted time is refused with CLOCK_BEHIND and recovers alone (S6)', async () => {
      const slots = new MemorySlots(PROVING);
      const first = await new VirtualHost(slots).start();
      const last = first.mint();
      await first.crash();
      const late = await new VirtualHost(slots, {}, { wallMs: T0_MS - 3_600_000 }).start();
      expect(late.allocator.state).toBe('refusing');
      const error = await late.allocator
        .source()
        .next()
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        code: 'CLOCK_BEHIND',
        details: { workerId: 0, waitMaxMs: 5000, opinion: expect.stringContaining('no time') },
        retryAfterMs: expect.any(Number),
      });
      expect((error as { details: { behindMs: number } }).details.behindMs).toBeGreaterThan(3_600_000);
      late.system.stepWall(3_610_000);
      await late.system.advance(12_000);
      expect(late.allocator.state).toBe('ready');
      expect(late.mint()).toBeGreaterThan(last);
    });

    it('that goes back at run time is absorbed to the limit, then refused, and IDs flow again alone', async () => {
      const slots = new MemorySlots(PROVING);
      const host = await new VirtualHost(slots).start();
      const first = host.mint();
      host.system.stepWall(-5000);
      const second = host.mint();
      expect(second).toBeGreaterThan(first);
      host.system.stepWall(-2000);
      expect(host.allocator.source().tryNext()).toBeUndefined();
      await expect(host.allocator.source().next()).rejects.toMatchObject({
        code: 'CLOCK_BACKWARDS',
        retryAfterMs: 2000,
      });
      expect(host.allocator.state).toBe('refusing');
      await host.system.advance(2000);
      expect(host.mint()).toBeGreaterThan(second);
      expect(host.allocator.status()).toMatchObject({ absorbedRollbackMs: 5000, refusals: { CLOCK_BACKWARDS: 1 } });
    });

    it('serves as soon as the floor is passed when the clock was put right during the wait (C2)', async () => {
      const slots = new MemorySlots(PROVING);
      await (await new VirtualHost(slots).start()).crash();
      const host = await new VirtualHost(slots, {}, { wallMs: T0_MS - 60_000 }).start();
      expect(host.allocator.status().failure).toBe('CLOCK_BEHIND');
      await host.system.advance(2000);
      host.system.stepWall(40_000);
      const { hwmMs } = slots.records.get(0)!.data;
      await host.system.advance(hwmMs - host.nowMs + 100);
      expect(host.allocator.state).toBe('ready');
      expect(host.allocator.status()).toMatchObject({ jumpsHeld: 1, jumpsConfirmed: 1 });
    });
  });

  describe('start and stop', () => {
    it('gives 12 instances that start together 12 worker IDs, and frees them all', async () => {
      for (const provesDeath of [true, false]) {
        const slots = new MemorySlots({ provesDeath });
        const hosts = Array.from({ length: 12 }, () => new VirtualHost(slots));
        await Promise.all(hosts.map(host => host.start()));
        const workerIds = hosts.map(host => host.allocator.workerId).sort((a, b) => a! - b!);
        expect(workerIds).toEqual(Array.from({ length: 12 }, (_, i) => i));
        await Promise.all(hosts.map(host => host.stop()));
        expect([...slots.records.values()].every(slot => slot.data.state === 'released')).toBe(true);
      }
    });

    it('refuses with NO_FREE_SLOT when every worker ID is held, and claims the first that is given back', async () => {
      const slots = new MemorySlots(PROVING);
      const one = { workerBits: 0 };
      const holder = await new VirtualHost(slots, one).start();
      const second = await new VirtualHost(slots, one).start();
      await expect(second.allocator.source().next()).rejects.toMatchObject({
        code: 'NO_FREE_SLOT',
        details: { slots: 1 },
      });
      await holder.stop();
      await second.system.advance(10_000);
      expect(second.allocator.state).toBe('ready');
    });

    it('rejects with LAYOUT_MISMATCH for a layout that the store was not made with', async () => {
      const slots = new MemorySlots(PROVING);
      await (await new VirtualHost(slots).start()).stop();
      const other = new VirtualHost(slots, { workerBits: 9 });
      await expect(other.start()).rejects.toMatchObject({ code: 'LAYOUT_MISMATCH' });
      expect(other.allocator.state).toBe('refusing');
      await expect(other.allocator.source().next()).rejects.toMatchObject({ code: 'LAYOUT_MISMATCH' });
      await other.stop();
      expect(other.system.pendingTimers).toBe(0);
    });

    it('resolves as refusing while the store is down, and begins to serve when it is back', async () => {
      const slots = new MemorySlots(PROVING);
      const host = new VirtualHost(slots);
      host.store.down = true;
      await host.start();
      expect(host.allocator.state).toBe('refusing');
      await expect(host.allocator.source().next()).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
      await host.system.advance(60_000);
      expect(host.system.logged('warn')).toHaveLength(1);
      expect(host.system.pendingForegroundTimers).toBe(0);
      host.store.down = false;
      await host.system.advance(6000);
      expect(host.allocator.state).toBe('ready');
    });

    it('begins to serve although the answer to the first opening of the store never came', async () => {
      const host = new VirtualHost(new MemorySlots());
      host.store.frozen = true;
      const starting = host.allocator.start();
      await host.system.advance(5000);
      await starting;
      expect(host.allocator.status().failure).toBe('SLOT_STORE_UNAVAILABLE');
      host.store.frozen = false;
      // Twice the longest wait of a start, and the delay after each.
      await host.system.advance(6000);
      expect(host.allocator.state).toBe('ready');
    });

    it('opens the store again after a claim that the store failed, and not after one that found no free slot', async () => {
      const slots = new MemorySlots(PROVING);
      const host = new VirtualHost(slots, { workerBits: 0 });
      host.store.faults.push('before');
      await host.start();
      await host.system.advance(6000);
      expect(host.allocator.state).toBe('ready');
      expect(host.store.openings).toBe(2);
      const other = await new VirtualHost(slots, { workerBits: 0 }).start();
      await other.system.advance(60_000);
      expect(other.allocator.status().failure).toBe('NO_FREE_SLOT');
      expect(other.store.openings).toBe(1);
    });

    it('resolves as refusing when the store dies between the claim and the end of the wait', async () => {
      const slots = new MemorySlots(PROVING);
      await (await new VirtualHost(slots).start()).crash();
      const host = new VirtualHost(slots, {}, { wallMs: T0_MS + 100 });
      const starting = host.allocator.start();
      await host.system.advance(1000);
      host.store.down = true;
      await host.system.advance(4000);
      await starting;
      expect(host.allocator.state).toBe('refusing');
      expect(host.allocator.status().failure).toBe('LIMIT_REACHED');
      host.store.down = false;
      await host.system.advance(2000);
      expect(host.allocator.state).toBe('ready');
    });

    it('gives back what a claim brings that a stop overtook', async () => {
      const slots = new MemorySlots(PROVING);
      const host = new VirtualHost(slots);
      host.store.faults.push('hang');
      void host.allocator.start();
      await host.system.settle();
      const stopping = host.allocator.stop();
      host.store.answer();
      await host.system.advance(10);
      await stopping;
      expect(slots.records.get(0)!.data.state).toBe('released');
      expect(slots.locks.size).toBe(0);
      expect(host.system.pendingTimers).toBe(0);
    });

    it('does not open again when a renewal ends after the stop began', async () => {
      const slots = new MemorySlots(PROVING);
      await (await new VirtualHost(slots).start()).crash();
      const host = new VirtualHost(slots, {}, { wallMs: T0_MS + 100 });
      void host.allocator.start();
      await host.system.advance(2890);
      host.store.faults.push('hang');
      await host.system.advance(30);
      expect(host.store.changes).toBe(2);
      const stopping = host.allocator.stop();
      host.store.answer();
      await host.system.advance(10);
      await stopping;
      expect(host.allocator.state).toBe('stopped');
      expect(host.allocator.source().tryNext()).toBeUndefined();
      expect(slots.records.get(0)!.data.state).toBe('released');
    });

    it('ends within a few time limits when the store hangs for ever, and leaves no timer', async () => {
      const slots = new MemorySlots();
      const host = await new VirtualHost(slots).start();
      host.store.frozen = true;
      await host.system.advance(1500);
      const beforeMs = host.nowMs;
      await host.stop();
      expect(host.nowMs - beforeMs).toBeLessThan(10_000);
      expect(host.allocator.state).toBe('stopped');
      expect(host.system.pendingTimers).toBe(0);
    });

    it('keeps nothing but background timers while it serves', async () => {
      const host = await new VirtualHost(new MemorySlots(PROVING)).start();
      await host.system.advance(5000);
      expect(host.system.pendingForegroundTimers).toBe(0);
    });
  });
});
