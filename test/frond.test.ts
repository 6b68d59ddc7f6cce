import { describe, expect, it } from 'vitest';
import { createFrond } from '../src/index.ts';
import { MemoryRangeStore } from '../src/stores/ranges/memory.ts';
import { MemorySlots } from '../src/stores/slots/memory.ts';

const seedTags = [{ tag: 'order', stepIds: 10, description: null }];

describe('createFrond', () => {
  it('takes instances of the ports, and then needs no data directory', async () => {
    await using frond = await createFrond({
      dataDir: 'none',
      segmentStore: new MemoryRangeStore({ seedTags }),
      workerSlots: new MemorySlots({ provesDeath: true }).handle(),
    });
    expect(await frond.segment('order').next()).toBe(1n);
    const id = await frond.snowflake.next();
    expect(frond.decode(id).workerId).toBe(0);
  });

  it('gives segment IDs and UUIDs on a host whose clock is not set yet, and refuses snowflake IDs', async () => {
    const clock = { wallMs: () => 1000, monotonicMs: () => performance.now() };
    await using frond = await createFrond({
      dataDir: 'none',
      segmentStore: new MemoryRangeStore({ seedTags }),
      workerSlots: new MemorySlots({ provesDeath: true }).handle(),
      system: { clock },
    });
    expect(await frond.segment('order').next()).toBe(1n);
    expect(await frond.uuid.next()).toHaveLength(36);
    await expect(frond.snowflake.next()).rejects.toMatchObject({ code: 'CLOCK_BEHIND' });
  });

  it('says which mode is off, by its setting', async () => {
    await using frond = await createFrond({ dataDir: 'none', segmentStore: 'off', workerSlots: 'off' });
    expect(() => frond.segment('order')).toThrow(expect.objectContaining({ code: 'MODE_OFF' }));
    expect(() => frond.snowflake).toThrow(expect.objectContaining({ code: 'MODE_OFF' }));
    expect(() => frond.tags).toThrow(expect.objectContaining({ code: 'MODE_OFF' }));
    expect(() => frond.decode(1n)).toThrow(expect.objectContaining({ code: 'MODE_OFF' }));
    expect(await frond.uuid.next()).toHaveLength(36);
  });

  it('lets a UUID stand in, and says so', async () => {
    await using frond = await createFrond({
      segmentStore: new MemoryRangeStore({ seedTags }),
      workerSlots: 'off',
      dataDir: 'none',
    });
    const either = frond.fallback(frond.segment('order'), frond.uuid);
    expect(await either.next()).toEqual({ kind: 'segment', id: 1n });
    await frond.close();
    expect((await either.next()).kind).toBe('uuid');
  });

  it('refuses an unknown option and names the nearest one', async () => {
    await expect(createFrond({ dataDirr: 'x' } as never)).rejects.toThrow(/did you mean dataDir\?/);
  });
});
