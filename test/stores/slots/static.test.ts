import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalSlotStore } from '../../../src/stores/slots/local.ts';
import { StaticSlotStore } from '../../../src/stores/slots/static.ts';
import { dataOf, LAYOUT, T0_MS } from '../../support/local-slots.ts';
import { Service } from '../../support/service.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { waitUntil } from '../../support/wait-until.ts';

const LOOKAHEAD_MS = 3000;

describe('a fixed worker ID with a data directory', () => {
  const system = new VirtualSystem({ wallMs: T0_MS });
  let directory: string;
  let stores: StaticSlotStore[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'frond-static-'));
    stores = [];
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    rmSync(directory, { recursive: true });
  });

  async function instance(workerId: number): Promise<StaticSlotStore> {
    const slots = new LocalSlotStore({ directory, system });
    const store = new StaticSlotStore({ workerId, slots, system, lookaheadMs: LOOKAHEAD_MS });
    stores.push(store);
    await store.open(LAYOUT);
    return store;
  }

  it('is that number, whatever else the directory holds', async () => {
    const store = await instance(5);
    expect((await store.create(dataOf('a'))).workerId).toBe(5);
    const other = await instance(2);
    expect((await other.create(dataOf('b'))).workerId).toBe(2);
    expect((await store.list()).map(slot => slot.workerId)).toEqual([5]);
    expect((await other.list()).map(slot => slot.workerId)).toEqual([2]);
  });

  it('waits out the lookahead only where there is no record of it', async () => {
    const first = await instance(5);
    expect(first.floorMs).toBe(T0_MS + LOOKAHEAD_MS);
    await first.create(dataOf('a'));
    expect((await instance(5)).floorMs).toBe(T0_MS);
    expect((await instance(6)).floorMs).toBe(T0_MS + LOOKAHEAD_MS);
  });

  it('is refused to a second holder with SLOT_IN_USE until the first lets go', async () => {
    const first = await instance(5);
    const slot = await first.create(dataOf('a'));
    const second = await instance(5);
    await expect(second.take(slot, dataOf('b'))).rejects.toMatchObject({
      code: 'SLOT_IN_USE',
      details: { workerId: 5 },
    });
    await expect(second.create(dataOf('b'))).rejects.toMatchObject({ code: 'SLOT_IN_USE' });
    expect([await first.holderLives(5), await second.holderLives(5)]).toEqual([true, true]);
    await first.close();
    expect(await second.holderLives(5)).toBe(false);
    expect((await second.take(slot, dataOf('b'))).data.token).toBe('b');
  });
});

describe('two services on one number and one data directory', () => {
  it('give IDs one after the other, never both', { timeout: 60_000 }, async () => {
    const first = new Service({ env: { FROND_WORKER_SLOTS: 'static:5' } });
    const second = new Service({
      env: {
        FROND_WORKER_SLOTS: 'static:5',
        FROND_DATA_DIR: join(first.directory, 'data'),
        FROND_SEGMENT_STORE: 'off',
      },
    });
    try {
      await first.start();
      await first.ready();
      await second.start();
      const code = async () => {
        const { status, text } = await second.get('/id/snowflake');
        return status === 200 ? '' : (JSON.parse(text) as { code: string }).code;
      };
      await waitUntil('the refusal', async () => (await code()) === 'SLOT_IN_USE');
      const ids: bigint[] = [];
      for (let i = 0; i < 100; i++) ids.push(BigInt((await first.get('/id/snowflake')).text));
      await first.end('SIGKILL');
      await waitUntil('the takeover', async () => (await code()) === '');
      const id = (await second.get('/id/snowflake')).text;
      expect(BigInt(id)).toBeGreaterThan(ids.at(-1)!);
      expect(JSON.parse((await second.get(`/decode/${id}`)).text)).toMatchObject({ workerId: 5 });
    } finally {
      await second.remove();
      await first.remove();
    }
  });
});
