import { expect, it } from 'vitest';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { MemoryPlaces } from '../../support/memory-proof.ts';
import { T0_MS, VirtualHost } from './host.ts';

it.each([
  ['session expires', 0],
  ['last write lands', 1],
])('a worker ID that this host has proof of is kept when its %s as it is taken', async (_, writes) => {
  const slots = new MemorySlots();
  const places = new MemoryPlaces();
  const proof = places.proof();
  const first = await new VirtualHost(slots, {}, {}, proof).start();
  await first.system.advance(2500);
  const last = first.mint();
  await proof.close();

  const heir = new VirtualHost(slots, {}, { wallMs: first.nowMs + 1 }, places.proof());
  const take = heir.store.take.bind(heir.store);
  heir.store.take = async slot => {
    heir.store.take = take;
    // What was under way when the holder died: with the number that is durable in its record.
    if (writes > 0) slots.records.set(slot.workerId, { ...slot, version: slot.version + 1 });
    return undefined;
  };
  await heir.start();
  expect(heir.allocator.status()).toMatchObject({ workerId: 0, claims: { proof: 1, created: 0 } });
  expect(heir.timeOf(heir.mint())).toBeGreaterThan(first.timeOf(last));
  expect(heir.nowMs).toBeLessThan(T0_MS + 10_000);
  expect([...slots.records.keys()]).toEqual([0]);
});

it('a worker ID that this host has proof of is kept when its disk answers late', async () => {
  const slots = new MemorySlots();
  const places = new MemoryPlaces();
  const proof = places.proof();
  const first = await new VirtualHost(slots, {}, {}, proof).start();
  const last = first.mint();
  await proof.close();

  const slow = places.proof();
  const heir = new VirtualHost(slots, {}, { wallMs: first.nowMs + 1 }, slow);
  const open = slow.open.bind(slow);
  slow.open = async () => {
    await new Promise<void>(resolve => heir.system.timers.after(4000, resolve));
    return open();
  };
  await heir.start();
  expect(heir.allocator.status()).toMatchObject({ workerId: 0, claims: { proof: 1, created: 0 } });
  expect(heir.mint()).toBeGreaterThan(last);
});
