import { describe, expect, it } from 'vitest';
import type { IdRange, IdSource } from '../../src/allocators/allocator.ts';
import { FallbackSource } from '../../src/allocators/fallback.ts';
import { UuidAllocator } from '../../src/allocators/uuid/uuid-allocator.ts';
import { FrondError } from '../../src/errors.ts';
import { realSystem } from '../../src/system/system.ts';

function fakeSource(answer: bigint | FrondError): IdSource {
  const give = async <T>(value: T): Promise<T> => {
    if (answer instanceof FrondError) throw answer;
    return value;
  };
  return {
    kind: 'segment',
    tryNext: () => (typeof answer === 'bigint' ? answer : undefined),
    next: () => give(answer as bigint),
    nextMany: count => give<IdRange[]>([{ start: 1n, end: BigInt(count), step: 1n }]),
  };
}

const down = new FrondError('STORE_UNAVAILABLE', { store: 'mysql', reason: 'connection refused' });
const uuid = new UuidAllocator(realSystem).source();

describe('fallback', () => {
  it('answers from the first source that gives an ID, and says which kind that is', async () => {
    const healthy = new FallbackSource([fakeSource(7n), uuid]);
    expect(healthy.tryNext()).toEqual({ kind: 'segment', id: 7n });
    expect(await healthy.next()).toEqual({ kind: 'segment', id: 7n });
    const broken = new FallbackSource([fakeSource(down), uuid]);
    expect(broken.tryNext()?.kind).toBe('uuid');
    expect((await broken.next()).kind).toBe('uuid');
    expect(await broken.nextMany(3)).toMatchObject({ kind: 'uuid', batch: { length: 3 } });
  });

  it('says to each source but the last that another stands in, and passes all else on', async () => {
    const heard: unknown[] = [];
    const source = (kind: 'segment' | 'snowflake'): IdSource => ({
      ...fakeSource(down),
      kind,
      next: async options => {
        heard.push(options);
        throw down;
      },
    });
    const fallback = new FallbackSource([source('segment'), source('snowflake')]);
    await expect(fallback.next({ deadlineMs: 5 })).rejects.toBe(down);
    await expect(fallback.next()).rejects.toBe(down);
    const twice = source('segment');
    await expect(new FallbackSource([twice, twice]).next()).rejects.toBe(down);
    expect(heard.splice(4)).toEqual([{ hasStandIn: true }, undefined]);
    expect(heard).toEqual([{ deadlineMs: 5, hasStandIn: true }, { deadlineMs: 5 }, { hasStandIn: true }, undefined]);
  });

  it("does not stand in for the caller's own mistake", async () => {
    const source = new FallbackSource([fakeSource(new FrondError('UNKNOWN_TAG', { tag: 'x' })), uuid]);
    await expect(source.next()).rejects.toMatchObject({ code: 'UNKNOWN_TAG' });
  });

  it('refuses with the first reason when every source refuses', async () => {
    const second = new FrondError('NO_FREE_SLOT', { slots: 4, nextFreeMs: undefined });
    const source = new FallbackSource([fakeSource(down), fakeSource(second)]);
    expect(source.tryNext()).toBeUndefined();
    await expect(source.next()).rejects.toBe(down);
  });

  it('needs a source', () => {
    expect(() => new FallbackSource([])).toThrow(/at least one source/);
  });
});
