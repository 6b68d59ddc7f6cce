import type { Slot, SlotStore } from '../../stores/slot-store.ts';
import type { WorkerView } from '../worker-directory.ts';

/** What decides whether a slot is free, beside its record. */
export interface WorkerCircumstances {
  /** See `SlotStore.provesDeath`. */
  readonly provesDeath: boolean;
  /** The earlier one of this host's time and the store's; Unix ms. */
  readonly nowMs: number;
  /** Undefined where that cannot be told. */
  readonly holderLives: boolean | undefined;
}

type Verdict = Pick<WorkerView, 'free' | 'why' | 'freeAtMs'>;

/** The view of one slot. Pure; agrees with `chooseSlots`, which decides. */
export function viewOf({ workerId, data }: Slot, circumstances: WorkerCircumstances): WorkerView {
  const { state, owner, incarnation, renewal, hwmMs, boundMs } = data;
  return { workerId, state, owner, incarnation, renewal, hwmMs, boundMs, ...verdictOf(data, circumstances) };
}

function verdictOf({ state, boundMs }: Slot['data'], at: WorkerCircumstances): Verdict {
  if (at.holderLives === true) return { free: false, why: 'its holder lives', freeAtMs: null };
  if (at.provesDeath) {
    if (state === 'released') return { free: true, why: 'released', freeAtMs: null };
    return at.holderLives === false
      ? { free: true, why: 'its holder has ended', freeAtMs: null }
      : { free: false, why: 'whether its holder lives is known only to who claims it', freeAtMs: null };
  }
  if (boundMs < at.nowMs) {
    return { free: true, why: state === 'released' ? 'released' : 'its bound has passed', freeAtMs: null };
  }
  const why = state === 'held' ? 'its holder may give IDs up to its bound' : 'released, but used up to its bound';
  return { free: false, why, freeAtMs: boundMs + 1 };
}

/** All slots of an open store. @param wallMs this host's time, Unix ms @throws FrondError SLOT_STORE_UNAVAILABLE */
export async function readWorkers(
  store: SlotStore,
  wallMs: number,
  /** Told the store's own time when it has one; Unix ms. */
  sampled?: (sampleMs: number) => void,
): Promise<readonly WorkerView[]> {
  const slots = await store.list();
  const sampleMs = await store.sampleTimeMs();
  if (sampleMs !== undefined) sampled?.(sampleMs);
  const nowMs = Math.min(wallMs, sampleMs ?? wallMs);
  const views: WorkerView[] = [];
  for (const slot of slots) {
    const holderLives = await store.holderLives?.(slot.workerId);
    views.push(viewOf(slot, { provesDeath: store.provesDeath, nowMs, holderLives }));
  }
  return views;
}
