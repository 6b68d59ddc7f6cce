import { FrondError } from '../../errors.ts';
import type { Slot, SlotData, SlotStore } from '../../stores/slot-store.ts';
import type { System } from '../../system/system.ts';

export interface ReleaseOptions {
  /** Also while the holder may still use timestamps. */
  readonly force: boolean;
  /** How far a holder's timestamps may have been ahead of our clock: its lookahead + the skew limit; ms. */
  readonly aheadMs: number;
}

/**
 * An operator's release of a worker ID whose holder is dead. The record gets a token of its own, so that a holder who
 * lives after all finds itself replaced at its next renewal and stops.
 *
 * Forced, the bound falls to the greatest timestamp that a holder which is dead now can have used: its clock, as far as
 * that may differ from ours, + lookahead. That is safe when it is dead, and only then; and when nobody goes on from the
 * record on its host (`offlineStart`), whose bound does not fall.
 * @returns the released slot; unchanged when it was released before
 * @throws FrondError UNKNOWN_WORKER, SLOT_IN_USE, SLOT_STORE_UNAVAILABLE (outcome unknown; may be repeated)
 */
export async function releaseSlot(
  store: SlotStore,
  workerId: number,
  system: System,
  { force, aheadMs }: ReleaseOptions,
): Promise<Slot> {
  const slot = await store.read(workerId);
  if (slot === undefined) throw new FrondError('UNKNOWN_WORKER', { workerId, store: store.name });
  if (slot.data.state === 'released') return slot;
  const wallMs = system.clock.wallMs();
  const sampleMs = (await store.sampleTimeMs()) ?? wallMs;
  const leftMs = slot.data.boundMs - Math.min(wallMs, sampleMs);
  if (leftMs >= 0 && !force) {
    if (await store.holderLives?.(workerId)) throw lives(workerId);
    throw inUse(workerId, leftMs, slot.data.boundMs);
  }
  const deadMs = Math.max(slot.data.hwmMs, Math.max(wallMs, sampleMs) + aheadMs);
  const data: SlotData = {
    ...slot.data,
    token: system.random.token(),
    renewal: 0,
    boundMs: Math.min(slot.data.boundMs, deadMs),
    state: 'released',
  };
  const released = await store.take(slot, data);
  if (released === undefined) throw lives(workerId);
  await store.letGo(workerId);
  return released;
}

function lives(workerId: number): FrondError {
  const reason = 'its holder lives, or has just renewed it: stop the process, which gives it back';
  return new FrondError('SLOT_IN_USE', { workerId, reason });
}

function inUse(workerId: number, leftMs: number, boundMs: number): FrondError {
  const until = new Date(boundMs).toISOString();
  const reason =
    `its holder may give IDs up to ${until}, ${leftMs} ms from now. "--force" releases it at once: do that only when ` +
    'the holder is certainly dead, for one that is merely paused or cut off can then give IDs that another gives too; ' +
    'so can one that is started again with offlineStart, unless "slot-proofs" in its data directory is deleted before';
  return new FrondError('SLOT_IN_USE', { workerId, reason }, { retryAfterMs: leftMs });
}
