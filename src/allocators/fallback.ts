import { FrondError, toFrondError } from '../errors.ts';
import type { IdKind, IdRange, IdSource, WaitOptions } from './allocator.ts';

/** An ID together with the kind of source that gave it. */
export interface AnsweredId {
  readonly kind: IdKind;
  readonly id: bigint | string;
}

/** A batch together with the kind of source that gave it: ranges for numbers, texts for UUIDs. */
export interface AnsweredBatch<Texts = readonly string[]> {
  readonly kind: IdKind;
  readonly batch: readonly IdRange[] | Texts;
}

export type AnySource<Texts = readonly string[]> = IdSource<bigint, readonly IdRange[]> | IdSource<string, Texts>;

/** True for a refusal that another kind of ID may stand in for: the service's trouble, not the caller's mistake. */
export function mayFallBack(error: unknown): boolean {
  return error instanceof FrondError && error.status === 503;
}

/**
 * Sources in the order in which they may stand in for one another: the first that does not refuse answers, and the
 * answer says which kind it is. Each kind keeps its own number space; only UUIDs can never meet an ID of another kind.
 */
export class FallbackSource<Texts = readonly string[]> {
  readonly #sources: readonly AnySource<Texts>[];

  /** @param sources preferred first, at least one */
  constructor(sources: readonly AnySource<Texts>[]) {
    if (sources.length === 0) {
      throw new FrondError('INVALID_ARGUMENT', { field: 'sources', value: '[]', expected: 'at least one source' });
    }
    this.#sources = sources;
  }

  /** An ID of the first source that has one at once; undefined when none has. */
  tryNext(): AnsweredId | undefined {
    for (const source of this.#sources) {
      const id = source.tryNext();
      if (id !== undefined) return { kind: source.kind, id };
    }
    return undefined;
  }

  /**
   * An ID of the first source that does not refuse; each may wait as `options` allows before the next is asked, but
   * only the last one for a store that gave no answer to the latest question.
   * @throws FrondError of the first source when all refuse, and at once for what is the caller's mistake
   */
  async next(options?: WaitOptions): Promise<AnsweredId> {
    const first = this.#sources[0]!;
    const id = options === undefined ? first.tryNext() : undefined;
    if (id !== undefined) return { kind: first.kind, id };
    return this.#first(options, async (source, wait) => ({ kind: source.kind, id: await source.next(wait) }));
  }

  /** `count` IDs of one kind. @throws FrondError as `next` */
  async nextMany(count: number, options?: WaitOptions): Promise<AnsweredBatch<Texts>> {
    return this.#first(options, async (source, wait) => ({
      kind: source.kind,
      batch: await source.nextMany(count, wait),
    }));
  }

  async #first<T>(
    options: WaitOptions | undefined,
    ask: (source: AnySource<Texts>, wait: WaitOptions | undefined) => Promise<T>,
  ): Promise<T> {
    let refusal: unknown;
    for (const [i, source] of this.#sources.entries()) {
      const isLast = i === this.#sources.length - 1;
      try {
        return await ask(source, isLast ? options : { ...options, hasStandIn: true });
      } catch (error) {
        if (!mayFallBack(error)) throw error;
        refusal ??= error;
      }
    }
    throw toFrondError(refusal);
  }
}
