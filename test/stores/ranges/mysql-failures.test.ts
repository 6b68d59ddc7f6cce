import { describe, expect, it, vi } from 'vitest';
import type { TakenRange } from '../../../src/stores/range-store.ts';
import { MysqlRig, PATIENCE, POOL_SIZE, unavailable, untilTaken } from '../../support/mysql-rig.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

// Vitest fails the run on any unhandled rejection or uncaught error, so that every test here also asserts their absence.

const rig = new MysqlRig();

describe('a frozen server', () => {
  it('makes every call fail within its deadline, more of them than connections, and is used again when it thaws', async () => {
    const store = await rig.newStoreWithTag({ timeoutMs: 300 });
    const before = await store.take('order', 10);
    await rig.server.pause();
    for (let round = 0; round < 2; round++) {
      const calls = Array.from({ length: 2 * POOL_SIZE }, () => store.take('order', 10));
      for (const call of calls)
        await expect(call).rejects.toMatchObject(unavailable(/no answer within 300 ms|ETIMEDOUT/));
    }
    await rig.server.resume();
    const after = await untilTaken(store);
    expect(after.start).toBeGreaterThanOrEqual(before.end);
    expect(store.socketCount).toBeLessThanOrEqual(POOL_SIZE);
  });

  it('refuses the call that finds the queue full at once, and keeps no caller beyond the deadline', async () => {
    const system = new VirtualSystem();
    const store = await rig.newStoreWithTag({ system });
    await rig.server.pause();
    const waiting = Array.from({ length: POOL_SIZE + 64 }, () => store.take('order', 10));
    await expect(store.take('order', 10)).rejects.toMatchObject(unavailable(/Queue limit reached/));
    const settled = Promise.allSettled(waiting);
    await system.advance(1000);
    for (const result of await settled) {
      expect(result).toMatchObject({ status: 'rejected', reason: unavailable(/no answer within 1000 ms/) });
    }
    await rig.server.resume();
    await untilTaken(rig.newStore());
  });

  it('does not hold up close(), nor keep a socket open', async () => {
    const store = await rig.newStoreWithTag({ timeoutMs: 300 });
    await rig.server.pause();
    const call = store.take('order', 10);
    const closing = store.close();
    await expect(call).rejects.toMatchObject(unavailable(/no answer within 300 ms/));
    await closing;
    expect(store.socketCount).toBe(0);
    await expect(store.take('order', 10)).rejects.toMatchObject(unavailable(/closed by this process/));
    await rig.server.resume();
  });

  it('does not hold up close() while a connection is being made', async () => {
    const store = rig.newStore({ timeoutMs: 300, via: rig.proxy });
    rig.proxy.goSilent();
    await expect(store.take('order', 10)).rejects.toMatchObject(unavailable(/no answer within 300 ms|ETIMEDOUT/));
    const call = store.take('order', 10).catch(error => error);
    await store.close();
    expect(store.socketCount).toBe(0);
    expect(await call).toMatchObject(unavailable(/no answer within 300 ms|ETIMEDOUT/));
  });
});

describe('a server that is away at the start', () => {
  it('is checked before its first use, again until it is found sound', async () => {
    await rig.database.query('ALTER TABLE leaf_alloc MODIFY max_id VARCHAR(40) NOT NULL');
    await rig.database.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', '9007199254740993', 10)");
    const store = rig.newStore({ timeoutMs: 500, via: rig.proxy });
    rig.proxy.goSilent();
    await store.open();
    const calls = await Promise.allSettled([store.take('order', 10), store.getTag('order'), store.listTags()]);
    expect(calls).toMatchObject(calls.map(() => ({ status: 'rejected', reason: unavailable(/no answer|ETIMEDOUT/) })));
    rig.proxy.pass();
    const refused = () => expect(store.take('order', 10)).rejects.toMatchObject({ code: 'STORE_NOT_INITIALISED' });
    await vi.waitFor(refused, PATIENCE);
    expect(await rig.database.query('SELECT max_id FROM leaf_alloc')).toEqual([{ max_id: '9007199254740993' }]);
    await rig.database.query('ALTER TABLE leaf_alloc MODIFY max_id BIGINT NOT NULL DEFAULT 1');
    expect(await untilTaken(store)).toEqual({ start: 9007199254740993n, end: 9007199254741003n });
  });
});

describe('a killed server', () => {
  it('is reported while it is down and used again when it is back, above all IDs given', async () => {
    const store = await rig.newStoreWithTag();
    const before = await store.take('order', 10);
    await rig.server.kill();
    await expect(store.take('order', 10)).rejects.toMatchObject(unavailable(/./));
    await expect(store.take('order', 10)).rejects.toMatchObject(unavailable(/ECONNREFUSED|ECONNRESET|closed|lost/i));
    await rig.server.restart();
    expect((await untilTaken(store)).start).toBe(before.end);
  });
});

describe('four loops that take ranges', () => {
  it('never get an ID twice while the server is frozen, thawed, killed and restarted', async () => {
    const store = await rig.newStoreWithTag({ timeoutMs: 500 });
    const taken: TakenRange[] = [];
    let running = true;
    let failures = 0;
    const loop = async () => {
      while (running) {
        try {
          taken.push(await store.take('order', 10));
        } catch (error) {
          expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
          failures++;
          await new Promise(resolve => setImmediate(resolve));
        }
      }
    };
    const loops = Array.from({ length: 4 }, loop);
    const more = (what: () => number, by: number) => {
      const target = what() + by;
      return vi.waitUntil(() => what() >= target, PATIENCE);
    };
    const ranges = () => taken.length;
    await more(ranges, 50);
    await rig.server.pause();
    await more(() => failures, 8);
    await rig.server.resume();
    await more(ranges, 50);
    await rig.server.kill();
    await more(() => failures, 8);
    await rig.server.restart();
    await more(ranges, 50);
    await rig.server.pause();
    await more(() => failures, 4);
    await rig.server.kill();
    await rig.server.restart();
    await more(ranges, 50);
    running = false;
    await Promise.all(loops);

    taken.sort((a, b) => Number(a.start - b.start));
    const overlaps = taken.filter((range, i) => i > 0 && range.start < taken[i - 1]!.end);
    expect(overlaps).toEqual([]);
    const [row] = await rig.database.query<{ max_id: string }>('SELECT max_id FROM leaf_alloc');
    expect(BigInt(row!.max_id)).toBeGreaterThanOrEqual(taken.at(-1)!.end);
  });
});
