import type { AnySource } from '../allocators/fallback.ts';

/** `count` texts of one length, made one by one as they are read. */
export interface LazyTexts extends Iterable<string> {
  readonly count: number;
}

/**
 * The same source, but batches of UUIDs are made while they are sent: many waiting answers then cost no memory, and a
 * large one gives other requests their turns. UUIDs need no store, so they cannot fail half-way.
 */
export function lazyUuids(source: AnySource): AnySource<LazyTexts> {
  if (source.kind !== 'uuid') return source as AnySource<LazyTexts>;
  const tryNextMany = (count: number): LazyTexts => ({
    count,
    *[Symbol.iterator]() {
      for (let i = 0; i < count; i++) yield source.tryNext() as string;
    },
  });
  return {
    kind: 'uuid',
    tryNext: () => source.tryNext() as string | undefined,
    next: options => source.next(options) as Promise<string>,
    nextMany: async count => tryNextMany(count),
    tryNextMany,
  };
}
