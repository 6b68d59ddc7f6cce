import type { Slot, SlotData, SlotOwner } from '../../stores/slot-store.ts';

/**
 * How a worker ID was come by; `readBack`: our own claim whose answer had been lost; `offline`: this host's record says
 * that it was ours, and the slot store could not be asked.
 */
export type ClaimPath = 'proof' | 'created' | 'released' | 'expired' | 'readBack' | 'offline';

export interface Candidate {
  readonly slot: Slot;
  readonly path: ClaimPath;
  /** What a claim replaces: above it a successor starts (I3). Unix ms. */
  readonly replacedMs: number;
}

export interface ChoiceView {
  readonly provesDeath: boolean;
  readonly wallMs: number;
  /** The slot store's own time; undefined when it has none. */
  readonly storeTimeMs: number | undefined;
  readonly owner: SlotOwner;
  /** See `SlotWitness.provenMs`. */
  readonly provenMs: (slot: Slot) => number | undefined;
}

export interface SlotChoice {
  /** To be tried in this order before a worker ID that was never used is created. */
  readonly beforeCreating: readonly Candidate[];
  /** To be tried when there is none left to create. */
  readonly afterCreating: readonly Candidate[];
}

/**
 * Which slots may be claimed, in order (S3). Pure.
 *
 * With proof of death by the store: every slot by worker ID; `take` gives those whose holder is dead. Without: the slot
 * whose holder this host's record proves dead comes first; released slots whose bound has passed come before new ones, so that worker IDs last; held slots come last, when their bound has passed by our clock
 * and the store's. The clocks decide only how soon a slot is tried: what makes a claim safe is its floor (I3).
 */
export function chooseSlots(slots: readonly Slot[], view: ChoiceView): SlotChoice {
  if (view.provesDeath) {
    const proven = slots.map(slot => ({ slot, path: 'proof', replacedMs: slot.data.hwmMs }) as const);
    return { beforeCreating: proven, afterCreating: [] };
  }
  const proven = slots.flatMap((slot): Candidate[] => {
    const replacedMs = view.provenMs(slot);
    return replacedMs === undefined ? [] : [{ slot, path: 'proof', replacedMs }];
  });
  const past = slots.filter(slot => leftMs(slot, view) < 0);
  const ownFirst = [...past.filter(slot => isOwn(slot, view.owner)), ...past.filter(slot => !isOwn(slot, view.owner))];
  const inState = (state: SlotData['state'], path: ClaimPath): Candidate[] =>
    ownFirst.filter(slot => slot.data.state === state).map(slot => ({ slot, path, replacedMs: slot.data.boundMs }));
  const beforeCreating = [...proven, ...inState('released', 'released')];
  return { beforeCreating, afterCreating: inState('held', 'expired') };
}

/** Addresses repeat (containers, NAT), so this orders candidates and decides nothing. */
function isOwn(slot: Slot, owner: SlotOwner): boolean {
  return slot.data.owner.host === owner.host && slot.data.owner.port === owner.port;
}

type Clocks = Pick<ChoiceView, 'wallMs' | 'storeTimeMs'>;

/** How long the bound of a slot has not passed yet, by the clocks that count for it; below 0 when it has. */
function leftMs({ data }: Slot, { wallMs, storeTimeMs = wallMs }: Clocks): number {
  return data.boundMs - (data.state === 'released' ? wallMs : Math.min(wallMs, storeTimeMs));
}

/** Milliseconds until the bound of the first slot has passed; undefined where time alone frees none. */
export function nextFreeMs(
  slots: readonly Slot[],
  { provesDeath, ...clocks }: Clocks & Pick<ChoiceView, 'provesDeath'>,
): number | undefined {
  if (provesDeath) return undefined;
  const waits = slots.map(slot => leftMs(slot, clocks) + 1).filter(waitMs => waitMs > 0);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

export interface ClaimTerms {
  readonly token: string;
  readonly floorMs: number;
  readonly wallMs: number;
  readonly lookaheadMs: number;
  readonly allowanceMs: number;
  readonly owner: SlotOwner;
}

/**
 * The record of a claim (S4). The high-water mark comes from the wall clock only (I12). While the clock is not above
 * the floor nothing can be minted, and the mark stays at the floor: a crash loop cannot push it ahead of the clock.
 */
export function claimData(replaced: SlotData | undefined, terms: ClaimTerms): SlotData {
  const { token, floorMs, wallMs, lookaheadMs, allowanceMs, owner } = terms;
  const hwmMs = wallMs > floorMs ? wallMs + lookaheadMs : floorMs;
  return {
    token,
    incarnation: (replaced?.incarnation ?? 0) + 1,
    renewal: 0,
    hwmMs,
    boundMs: Math.max(replaced?.boundMs ?? 0, hwmMs + allowanceMs),
    state: 'held',
    owner,
  };
}
