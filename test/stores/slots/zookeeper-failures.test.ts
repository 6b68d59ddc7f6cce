import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../support/wait-until.ts';
import {
  created,
  dataOf,
  LAYOUT,
  MAX_WORKER_ID,
  T0_MS,
  untilAnswers,
  ZookeeperSlotsRig,
} from '../../support/zookeeper-slots-rig.ts';

const UNAVAILABLE = { code: 'SLOT_STORE_UNAVAILABLE' };
/** A session that expires soon. */
const SHORT = { sessionTimeoutMs: 1000, timeoutMs: 300 };

const rig = new ZookeeperSlotsRig();

describe('a lost answer', () => {
  it('to a creation leaves one slot, which its token finds, and which a second creation gives', async () => {
    const store = await rig.opened(rig.viaProxy);
    const client = await rig.witness();
    const outcome = await rig.withoutAnswerTo('create', store, () => store.create(dataOf('mine'), MAX_WORKER_ID));
    expect(outcome).toMatchObject(UNAVAILABLE);
    await untilAnswers(store);
    expect((await store.list()).map(slot => [slot.workerId, slot.data.token])).toEqual([[0, 'mine']]);
    // What is stored, and not what would have been this time: only that bound is acknowledged.
    const later = dataOf('mine', { hwmMs: T0_MS + 5000, boundMs: T0_MS + 9000 });
    expect(await store.create(later, MAX_WORKER_ID)).toEqual({ workerId: 0, version: 0, data: dataOf('mine') });
    expect((await client.getChildren(rig.node('forever'))).names).toEqual([
      expect.stringMatching(/^10\.0\.0\.7:8080-[0-9a-f]{8}-0000000000$/),
    ]);
    expect(await client.exists(rig.node('live/0'))).toBeDefined();
    expect((await created(store, 'next')).workerId).toBe(1);
  });

  it('to a creation above the last worker ID is cleared away by the next one', async () => {
    const store = await rig.opened(rig.viaProxy);
    const client = await rig.witness();
    await rig.withoutAnswerTo('create', store, () => store.create(dataOf('mine'), MAX_WORKER_ID));
    await untilAnswers(store);
    // As if rivals had taken all numbers that are in range.
    expect(await store.create(dataOf('mine'), -1)).toBeUndefined();
    expect((await client.getChildren(rig.node('forever'))).names).toEqual([]);
  });

  it('to a renewal leaves the record readable by its token, and the next write goes on from it', async () => {
    const store = await rig.opened(rig.viaProxy);
    const slot = await created(store, 'mine');
    const lost = rig.proxy.loseNextReply();
    await expect(store.write(slot, dataOf('mine', { renewal: 1 }))).rejects.toMatchObject(UNAVAILABLE);
    await lost;
    await untilAnswers(store);
    const stored = (await store.read(0))!;
    expect(stored).toEqual({ workerId: 0, version: 1, data: dataOf('mine', { renewal: 1 }) });
    expect(await store.write(slot, dataOf('mine', { renewal: 99 }))).toBeUndefined();
    expect((await store.write(stored, dataOf('mine', { renewal: 2 })))?.version).toBe(2);
  });

  it('to a takeover leaves a slot that is ours, with its sign of life', async () => {
    const earlier = await rig.opened(rig.direct);
    const slot = (await earlier.write(await created(earlier, 'old'), dataOf('old', { renewal: 1 })))!;
    await earlier.letGo(0);
    const store = await rig.opened(rig.viaProxy);
    const heir = dataOf('mine', { incarnation: 2 });
    const outcome = await rig.withoutAnswerTo('multi', store, () => store.take(slot, heir));
    expect(outcome).toMatchObject(UNAVAILABLE);
    await untilAnswers(store);
    const stored = (await store.read(0))!;
    expect(stored).toEqual({ workerId: 0, version: 2, data: heir });
    expect(await earlier.take(stored, dataOf('thief', { incarnation: 3 }))).toBeUndefined();
    expect((await store.write(stored, { ...heir, renewal: 1 }))?.version).toBe(3);
  });
});

describe('a lost session', () => {
  it('gets its sign of life back with the next write', async () => {
    const witness = await rig.witness();
    const live = rig.node('live/0');
    const store = await rig.opened(rig.viaProxy, SHORT);
    let slot = await created(store, 'mine');
    slot = (await store.write(slot, dataOf('mine', { renewal: 1 })))!;
    const first = (await witness.exists(live))!.ephemeralOwner;
    rig.proxy.goSilent();
    await waitUntil('the session to expire', async () => (await witness.exists(live)) === undefined);
    rig.proxy.pass();
    await untilAnswers(store);
    slot = (await store.write(slot, dataOf('mine', { renewal: 2 })))!;
    expect([slot.version, slot.data.renewal]).toEqual([2, 2]);
    const second = (await witness.exists(live))!.ephemeralOwner;
    expect(second).not.toBe(first);
    expect(await (await rig.opened(rig.direct)).take(slot, dataOf('thief'))).toBeUndefined();
    await store.letGo(0);
    expect(await witness.exists(live)).toBeUndefined();
  });

  it('whose node is still there does not keep the slot from being renewed', async () => {
    const witness = await rig.witness();
    const live = rig.node('live/0');
    const store = await rig.opened(rig.direct);
    let slot = (await store.write(await created(store, 'mine'), dataOf('mine', { renewal: 1 })))!;
    // As a session of ours that has not expired yet.
    await store.letGo(0);
    await witness.create(live, Buffer.alloc(0), 'ephemeral');
    slot = (await store.write(slot, dataOf('mine', { renewal: 2 })))!;
    expect(slot).toMatchObject({ version: 2, data: { renewal: 2 } });
    await witness.remove(live, 0);
    slot = (await store.write(slot, dataOf('mine', { renewal: 3 })))!;
    expect((await witness.exists(live))?.ephemeralOwner).toBe(rig.sessionIdOf(store));
  });

  it('of a holder that was taken over meanwhile ends with its next write', async () => {
    const store = await rig.opened(rig.viaProxy, SHORT);
    const slot = (await store.write(await created(store, 'mine'), dataOf('mine', { renewal: 1 })))!;
    const rival = await rig.opened(rig.direct);
    rig.proxy.goSilent();
    const taken = await waitUntil('the takeover', () => rival.take(slot, dataOf('theirs', { incarnation: 2 })));
    rig.proxy.pass();
    await untilAnswers(store);
    expect(await store.write(slot, dataOf('mine', { renewal: 2 }))).toBeUndefined();
    expect(await store.read(0)).toEqual(taken);
  });
});

describe('an ensemble that is away', () => {
  it('refuses each call at once, and works again when it is back', async () => {
    const store = await rig.opened(rig.direct, { timeoutMs: 500 });
    const slot = await created(store, 'mine');
    await rig.server.kill();
    const calls = () => [
      store.list(),
      store.read(0),
      store.write(slot, slot.data),
      store.take(slot, slot.data),
      store.sampleTimeMs(),
    ];
    for (const call of calls()) await expect(call).rejects.toMatchObject(UNAVAILABLE);
    await store.letGo(0);
    await rig.server.restart();
    await untilAnswers(store);
    expect((await store.write(slot, dataOf('mine', { renewal: 1 })))?.version).toBe(1);
  });

  it('cannot be opened, says where and why, and can be later', async () => {
    await rig.server.kill();
    const store = rig.newStore(rig.direct, { timeoutMs: 500 });
    const error = await store.open(LAYOUT).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ ...UNAVAILABLE, message: expect.stringMatching(/zookeeper:\/\/127.*ECONNREFUSED/) });
    await rig.server.restart();
    await waitUntil('it to open', async () => {
      await store.open(LAYOUT);
      return true;
    });
    expect((await created(store, 'mine')).workerId).toBe(0);
  });
});
