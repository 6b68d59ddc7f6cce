import { describe, expect, it } from 'vitest';
import { MemorySlots } from '../../../src/stores/slots/memory.ts';
import { MemoryPlaces } from '../../support/memory-proof.ts';
import { T0_MS, VirtualHost } from './host.ts';

/** A host on which a process died that might have gone on without the slot store. */
async function afterOfflineStarter() {
  const slots = new MemorySlots();
  const places = new MemoryPlaces();
  const proof = places.proof();
  const first = await new VirtualHost(slots, { offlineStart: 'on' }, { wallMs: T0_MS }, proof).start();
  first.mint();
  await proof.close();
  return { slots, places, first };
}

/** The next process of the host that goes on without the slot store if it may. */
async function offlineHeir(slots: MemorySlots, places: MemoryPlaces, wallMs: number): Promise<VirtualHost> {
  const heir = new VirtualHost(slots, { offlineStart: 'on' }, { wallMs }, places.proof());
  heir.store.down = true;
  return heir.start();
}

describe('a record that a start may go on from, found by a process that keeps to the slot store', () => {
  it('is left alone with its worker ID when the disk fails', async () => {
    const { slots, places, first } = await afterOfflineStarter();
    const proof = places.proof();
    proof.full = true;
    const between = await new VirtualHost(slots, {}, { wallMs: first.nowMs + 10 }, proof).start();
    between.mint();
    expect(between.allocator.status().claims).toMatchObject({ proof: 0, created: 1 });
    const { workerId } = between.allocator;
    await between.stop();

    const stranger = await new VirtualHost(slots, {}, { wallMs: between.nowMs + 10 }).start();
    expect(stranger.allocator.workerId).toBe(workerId);
    const heir = await offlineHeir(slots, places, stranger.nowMs);
    expect(heir.allocator.workerId).not.toBe(workerId);
  });

  it('is taken out of use before its worker ID is claimed', async () => {
    const { slots, places, first } = await afterOfflineStarter();
    const proof = places.proof();
    const write = proof.write.bind(proof);
    proof.write = async record => {
      await write(record);
      proof.full = true;
    };
    const between = await new VirtualHost(slots, {}, { wallMs: first.nowMs + 10 }, proof).start();
    between.mint();
    expect(between.allocator.status()).toMatchObject({ workerId: 0, claims: { proof: 1 } });
    await proof.close();

    const heir = await offlineHeir(slots, places, between.nowMs);
    expect(heir.allocator.state).toBe('refusing');
  });
});
