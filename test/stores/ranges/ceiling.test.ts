import { describe, expect, it } from 'vitest';
import type { TakenRange } from '../../../src/stores/range-store.ts';
import { CeilingRangeStore } from '../../../src/stores/ranges/ceiling.ts';
import { MemoryRangeStore, type MemoryTable } from '../../../src/stores/ranges/memory.ts';
import { sleep } from '../../../src/system/timers.ts';
import { disjoint } from '../../support/disjoint.ts';
import { type CeilingTable, MemoryCeilings } from '../../support/memory-ceilings.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

type Policy = 'required' | 'preferred';

/** Processes over one table and one set of ceilings, with the tag `order` of step 10. */
async function world(policy: Policy = 'required') {
  const table: MemoryTable = new Map();
  const ceilings: CeilingTable = new Map();
  const system = new VirtualSystem();
  const join = () => {
    const register = new MemoryCeilings(ceilings);
    const inner = new MemoryRangeStore({ table });
    return { register, inner, store: new CeilingRangeStore({ store: inner, register, policy, system }) };
  };
  const first = join();
  await first.inner.putTag('order', { stepIds: 10 });
  const setMaxId = (maxId: bigint) => void table.set('order', { ...table.get('order')!, maxId });
  return { ...first, join, setMaxId, system, ceilings, table };
}

/** Lets the pauses between tries pass. */
async function settled<T>(system: VirtualSystem, work: Promise<T>): Promise<T> {
  let done = false;
  const end = () => {
    done = true;
  };
  work.then(end, end);
  while (!done) await system.advance(50);
  return work;
}

describe('CeilingRangeStore', () => {
  it('raises the ceiling to the end of each range before it is given', async () => {
    const { store, ceilings } = await world();
    expect(await store.take('order', 10)).toEqual({ start: 1n, end: 11n });
    expect(ceilings.get('order')?.value).toBe(11n);
    expect(await store.take('order', 5)).toEqual({ start: 11n, end: 16n });
    expect(ceilings.get('order')?.value).toBe(16n);
  });

  it('lifts a row that went back, alarms, and gives nothing twice, whoever asks', async () => {
    const { store, join, setMaxId, system } = await world();
    const had = [await store.take('order', 10), await store.take('order', 10)];
    setMaxId(1n);
    const newcomer = join().store;
    had.push(await newcomer.take('order', 10), await store.take('order', 10));
    expect(disjoint(had).map(range => range.start)).toEqual([1n, 11n, 21n, 31n]);
    expect(newcomer.health().ceiling).toMatchObject({ liftedRows: 1, discardedRanges: 0 });
    expect(system.logged('error')).toMatchObject([{ fields: { tag: 'order', maxId: '1', ceiling: '21' } }]);
  });

  it('shows a row that went back as what it will be lifted to, and alarms once', async () => {
    const { store, setMaxId, system } = await world();
    await store.take('order', 10);
    setMaxId(3n);
    expect((await store.getTag('order'))?.maxId).toBe(11n);
    expect((await store.listTags())[0]?.maxId).toBe(11n);
    expect(system.logged('error')).toMatchObject([{ fields: { tag: 'order', maxId: '3', mark: '11' } }]);
    expect((await store.take('order', 10)).start).toBe(11n);
  });

  it('goes above its own marks when the ceilings are lost as well', async () => {
    const { store, ceilings, setMaxId } = await world();
    await store.take('order', 10);
    ceilings.clear();
    setMaxId(1n);
    expect((await store.take('order', 10)).start).toBe(11n);
    expect(ceilings.get('order')?.value).toBe(21n);
  });

  it('keeps a range when a rival raised the ceiling below it, and throws it away when above', async () => {
    const { store, register, ceilings, table, system } = await world();
    await store.take('order', 10);
    let rival: (() => void) | undefined;
    const { read } = register;
    register.read = async tag => {
      const seen = await read.call(register, tag);
      rival?.();
      rival = undefined;
      return seen;
    };
    // The rival's range comes before ours, and so does its change of the ceiling.
    rival = () => {
      table.set('order', { ...table.get('order')!, maxId: 21n });
      ceilings.set('order', { value: 21n, version: 1 });
    };
    expect(await settled(system, store.take('order', 10))).toEqual({ start: 21n, end: 31n });
    expect(store.health().ceiling).toMatchObject({ retries: 1, discardedRanges: 0 });
    rival = () => ceilings.set('order', { value: 99n, version: 9 });
    expect(await settled(system, store.take('order', 10))).toMatchObject({ start: 99n, end: 109n });
    expect(store.health().ceiling).toMatchObject({ retries: 2, discardedRanges: 1 });
  });

  it('does not take a row that came down with IDs given back for one that went back', async () => {
    const { store, register, join, system } = await world();
    const leaving = join().store;
    await leaving.take('order', 10);
    const { read } = register;
    register.read = async tag => {
      const seen = await read.call(register, tag);
      register.read = read;
      expect(await leaving.giveBack('order', { start: 4n, end: 11n })).toBe(true);
      return seen;
    };
    expect((await settled(system, store.take('order', 10))).start).toBe(11n);
    expect(store.health().ceiling).toMatchObject({ liftedRows: 0, retries: 1 });
    expect(system.logged('error')).toEqual([]);
  });

  it('gives up after eight tries, with an error that asks for another call', async () => {
    const { store, register, ceilings, system } = await world();
    register.read = async () => {
      const seen = ceilings.get('order');
      ceilings.set('order', { value: 1n, version: (seen?.version ?? 0) + 1 });
      return seen;
    };
    const error = await settled(
      system,
      store.take('order', 10).catch(cause => cause),
    );
    expect(error).toMatchObject({ code: 'CEILING_UNAVAILABLE', retryable: true });
    expect(store.health().ceiling).toMatchObject({ retries: 8, discardedRanges: 1 });
  });

  it.each(['required', 'preferred'] as const)('loses the range when an answer is lost (%s)', async policy => {
    const { store, register, ceilings } = await world(policy);
    await store.take('order', 10);
    register.fate = () => 'lost';
    const take = store.take('order', 10);
    if (policy === 'required') await expect(take).rejects.toMatchObject({ code: 'CEILING_UNAVAILABLE' });
    else expect((await take).start).toBe(21n);
    expect(ceilings.get('order')?.value).toBe(21n);
    register.fate = () => 'answered';
    expect((await store.take('order', 10)).start).toBe(policy === 'required' ? 21n : 31n);
  });

  it('required: takes nothing while the register is away, not even from the row', async () => {
    const { store, register, table, system } = await world();
    await store.take('order', 10);
    register.down = true;
    for (let i = 0; i < 3; i++) {
      await expect(store.take('order', 10)).rejects.toMatchObject({ code: 'CEILING_UNAVAILABLE', retryable: true });
    }
    expect(table.get('order')?.maxId).toBe(11n);
    expect(system.logged('warn')).toHaveLength(1);
    expect(store.health().ceiling).toMatchObject({ failure: 'CEILING_UNAVAILABLE', degradedTakes: 0 });
    register.down = false;
    expect((await store.take('order', 10)).start).toBe(11n);
    expect(store.health().ceiling?.failure).toBeNull();
  });

  it('preferred: goes on without it, warns, and covers all it gave as soon as it is back', async () => {
    const { store, inner, register, ceilings, setMaxId, system } = await world('preferred');
    await inner.putTag('other', { stepIds: 10 });
    await store.take('order', 10);
    register.down = true;
    expect((await store.take('order', 10)).start).toBe(11n);
    setMaxId(1n);
    expect((await store.take('order', 10)).start).toBe(21n);
    await store.take('other', 10);
    expect(store.health().ceiling).toMatchObject({ failure: 'CEILING_UNAVAILABLE', degradedTakes: 3, liftedRows: 1 });
    expect(system.logged('warn')).toHaveLength(1);
    register.down = false;
    await store.listTags();
    await system.settle();
    expect(ceilings.get('order')?.value).toBe(31n);
    expect(ceilings.get('other')?.value).toBe(11n);
    expect(store.health().ceiling?.failure).toBeNull();
  });

  it.each(['required', 'preferred'] as const)('raises the ceiling with maxId (%s)', async policy => {
    const { store, register, ceilings, setMaxId } = await world(policy);
    await store.putTag('order', { stepIds: 10, maxId: 500n });
    expect(ceilings.get('order')?.value).toBe(500n);
    await store.putTag('order', { stepIds: 20 });
    await store.putTag('order', { stepIds: 20, maxId: 500n });
    register.down = true;
    const put = store.putTag('order', { stepIds: 10, maxId: 900n });
    if (policy === 'required') await expect(put).rejects.toMatchObject({ code: 'CEILING_UNAVAILABLE' });
    else await put;
    register.down = false;
    setMaxId(1n);
    expect((await store.take('order', 10)).start).toBe(900n);
  });

  it('passes on what the store refuses, and does not go on without the ceiling for it', async () => {
    const { store, ceilings } = await world('preferred');
    await expect(store.take('nobody', 10)).rejects.toMatchObject({ code: 'UNKNOWN_TAG' });
    expect(ceilings.has('nobody')).toBe(false);
    expect(store.health().ceiling).toMatchObject({ failure: null, degradedTakes: 0 });
  });

  it('gives nothing of a store that ignores the floor', async () => {
    const { store, inner } = await world();
    await store.take('order', 10);
    inner.take = async () => ({ start: 5n, end: 15n });
    await expect(store.take('order', 10)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('lowers no ceiling for IDs that were given without it: another process may have raised it to the same end', async () => {
    const { store, register, join, setMaxId } = await world('preferred');
    register.down = true;
    expect(await store.take('order', 10)).toEqual({ start: 1n, end: 11n });
    setMaxId(1n);
    // Under its ceiling, from a database that went back: nobody else may have these.
    const covered = await join().store.take('order', 10);
    register.down = false;
    expect(await store.giveBack('order', { start: 6n, end: 11n })).toBe(false);
    expect(disjoint([covered, await join().store.take('order', 10)]).map(range => range.start)).toEqual([1n, 11n]);
  });

  it('lowers the ceiling not below the first of its own ranges in a row', async () => {
    const { store, register, join, setMaxId } = await world('preferred');
    register.down = true;
    await store.take('order', 10);
    setMaxId(1n);
    const covered = await join().store.take('order', 10);
    register.down = false;
    expect(await store.take('order', 10)).toEqual({ start: 11n, end: 21n });
    expect(await store.giveBack('order', { start: 6n, end: 21n })).toBe(false);
    expect(disjoint([covered, await join().store.take('order', 10)]).map(range => range.start)).toEqual([1n, 21n]);
  });

  it('lowers the ceiling before IDs are given back, and only from where their range ended', async () => {
    const { inner, register, ceilings, setMaxId, system } = await world();
    const given: TakenRange[] = [];
    const giveBack = async (_: string, rest: TakenRange) => {
      expect(ceilings.get('order')?.value).toBe(rest.start);
      given.push(rest);
      setMaxId(rest.start);
      return true;
    };
    const store = new CeilingRangeStore({
      store: Object.assign(inner, { giveBack }),
      register,
      policy: 'required',
      system,
    });
    await store.take('order', 10);
    expect(await store.giveBack('order', { start: 8n, end: 11n })).toBe(true);
    expect(await store.take('order', 10)).toEqual({ start: 8n, end: 18n });
    expect(await store.giveBack('order', { start: 10n, end: 11n })).toBe(false);
    register.fate = () => 'lost';
    await expect(store.giveBack('order', { start: 15n, end: 18n })).rejects.toMatchObject({
      code: 'CEILING_UNAVAILABLE',
    });
    expect(given).toEqual([{ start: 8n, end: 11n }]);
    expect(system.logged('error')).toEqual([]);
  });
});

describe('CeilingRangeStore among several processes on databases that rewind, split and lose', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('gives no ID twice (seed %d)', async seed => {
    const system = new VirtualSystem({ seed });
    const ceilings: CeilingTable = new Map();
    const { fraction } = system.random;
    const tables: MemoryTable[] = [new Map(), new Map()];
    const row = { maxId: 1n, stepIds: 10, description: null };
    for (const table of tables) table.set('order', row);
    const given: TakenRange[] = [];
    const seen = { lost: 0, lifted: 0, retried: 0, refused: 0 };
    const run = async (process: number) => {
      const register = new MemoryCeilings(ceilings);
      register.fate = () => (fraction() < 0.1 && ++seen.lost ? 'lost' : 'answered');
      const read = register.read.bind(register);
      register.read = async tag => {
        const ceiling = await read(tag);
        await sleep(system.timers, fraction() * 20);
        return ceiling;
      };
      const inner = new MemoryRangeStore({ table: tables[process % 2]! });
      const store = new CeilingRangeStore({ store: inner, register, policy: 'required', system });
      for (let i = 0; i < 60; i++) {
        await store.take('order', 1 + Math.floor(fraction() * 20)).then(
          range => given.push(range),
          () => seen.refused++,
        );
        const table = tables[Math.floor(fraction() * 2)]!;
        const back = BigInt(Math.floor(fraction() * 300));
        const { maxId } = table.get('order')!;
        if (fraction() < 0.2) table.set('order', { ...row, maxId: maxId > back ? maxId - back : 1n });
      }
      const { liftedRows, retries } = store.health().ceiling!;
      seen.lifted += liftedRows;
      seen.retried += retries;
    };
    await settled(system, Promise.all([0, 1, 2, 3].map(run)));
    disjoint(given);
    expect(given.length).toBeGreaterThan(100);
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  });
});
