import { describe, expect, it } from 'vitest';
import { type ChoiceView, chooseSlots, claimData, nextFreeMs } from '../../../src/allocators/snowflake/slot-choice.ts';
import type { Slot, SlotData } from '../../../src/stores/slot-store.ts';

const NOW_MS = 1_790_000_000_000;
const US = { host: 'us', port: 80, pid: 1 };

function slotOf(workerId: number, change: Partial<SlotData>): Slot {
  const data: SlotData = {
    token: `t${workerId}`,
    incarnation: 3,
    renewal: 9,
    hwmMs: NOW_MS,
    boundMs: NOW_MS,
    state: 'held',
    owner: { host: 'them', port: 80, pid: 1 },
    ...change,
  };
  return { workerId, version: 1, data };
}

function namesOf(slots: readonly Slot[], change: Partial<ChoiceView> = {}): [string[], string[]] {
  const view = {
    provesDeath: false,
    wallMs: NOW_MS,
    storeTimeMs: undefined,
    owner: US,
    provenMs: () => undefined,
    ...change,
  };
  const { beforeCreating, afterCreating } = chooseSlots(slots, view);
  const name = (each: { slot: Slot; path: string }) => `${each.path} ${each.slot.workerId}`;
  return [beforeCreating.map(name), afterCreating.map(name)];
}

describe('slot choice', () => {
  it('tries every slot by worker ID before creating one, where taking is the proof', () => {
    const slots = [slotOf(0, {}), slotOf(1, { state: 'released' }), slotOf(2, { boundMs: NOW_MS + 1e9 })];
    expect(namesOf(slots, { provesDeath: true })).toEqual([['proof 0', 'proof 1', 'proof 2'], []]);
  });

  it('tries released slots whose bound has passed before creating one, and such held ones after', () => {
    const slots = [
      slotOf(0, { boundMs: NOW_MS - 1 }),
      slotOf(1, { boundMs: NOW_MS - 1, state: 'released' }),
      slotOf(2, { boundMs: NOW_MS, state: 'released' }),
      slotOf(3, { boundMs: NOW_MS }),
    ];
    expect(namesOf(slots)).toEqual([['released 1'], ['expired 0']]);
  });

  it('believes the slower of the own and the store clock for held slots', () => {
    const slots = [slotOf(0, { boundMs: NOW_MS - 10 }), slotOf(1, { boundMs: NOW_MS - 10, state: 'released' })];
    expect(namesOf(slots, { storeTimeMs: NOW_MS - 10 })).toEqual([['released 1'], []]);
    expect(namesOf(slots, { storeTimeMs: NOW_MS - 9 })).toEqual([['released 1'], ['expired 0']]);
    expect(namesOf(slots, { storeTimeMs: NOW_MS + 1e6, wallMs: NOW_MS - 10 })).toEqual([[], []]);
  });

  it('prefers the own address', () => {
    const past = { boundMs: 0, state: 'released' } as const;
    const slots = [
      slotOf(0, past),
      slotOf(1, { ...past, owner: US }),
      slotOf(2, { ...past, owner: { ...US, port: 81 } }),
    ];
    expect(namesOf(slots)).toEqual([['released 1', 'released 0', 'released 2'], []]);
  });

  it('tells when the bound of the first slot will have passed', () => {
    const slots = [
      slotOf(0, { boundMs: NOW_MS + 500 }),
      slotOf(1, { boundMs: NOW_MS + 90 }),
      slotOf(2, { boundMs: 0 }),
    ];
    const view = { provesDeath: false, wallMs: NOW_MS, storeTimeMs: undefined };
    expect(nextFreeMs(slots, view)).toBe(91);
    expect(nextFreeMs(slots, { ...view, provesDeath: true })).toBeUndefined();
    expect(nextFreeMs([], view)).toBeUndefined();
  });

  it('tells that by the clock that decides: the slower one for held slots', () => {
    const held = slotOf(0, { boundMs: NOW_MS - 10 });
    const view = { provesDeath: false, wallMs: NOW_MS, storeTimeMs: NOW_MS - 500 };
    expect(nextFreeMs([held, slotOf(1, { boundMs: NOW_MS + 1e9 })], view)).toBe(491);
    expect(nextFreeMs([slotOf(0, { boundMs: NOW_MS + 10, state: 'released' })], view)).toBe(11);
  });

  it('starts a successor above the mark with proof and above the bound without (I3)', () => {
    const slot = slotOf(0, { hwmMs: 5, boundMs: 9 });
    const view = { wallMs: NOW_MS, storeTimeMs: undefined, owner: US, provenMs: () => undefined };
    const replaced = (change: Partial<ChoiceView>) => {
      const { beforeCreating, afterCreating } = chooseSlots([slot], { ...view, provesDeath: false, ...change });
      return [...beforeCreating, ...afterCreating].map(({ path, replacedMs }) => `${path} ${replacedMs}`);
    };
    expect(replaced({ provesDeath: true })).toEqual(['proof 5']);
    expect(replaced({})).toEqual(['expired 9']);
    expect(replaced({ provenMs: () => 7 })[0]).toBe('proof 7');
  });

  it('computes the mark from the wall clock, or leaves it at a floor that the clock has not passed (I12)', () => {
    const terms = {
      token: 'new',
      floorMs: NOW_MS - 1,
      wallMs: NOW_MS,
      lookaheadMs: 3000,
      allowanceMs: 60_000,
      owner: US,
    };
    const { data } = slotOf(0, { boundMs: NOW_MS + 1e6 });
    expect(claimData(undefined, terms)).toEqual({
      token: 'new',
      incarnation: 1,
      renewal: 0,
      hwmMs: NOW_MS + 3000,
      boundMs: NOW_MS + 63_000,
      state: 'held',
      owner: US,
    });
    expect(claimData(data, terms)).toMatchObject({ incarnation: 4, renewal: 0, boundMs: NOW_MS + 1e6 });
    const waiting = claimData(undefined, { ...terms, floorMs: NOW_MS, allowanceMs: 0 });
    expect([waiting.hwmMs, waiting.boundMs]).toEqual([NOW_MS, NOW_MS]);
  });
});
