import type { IdKind } from '../allocators/allocator.ts';
import { FrondError } from '../errors.ts';
import type { IdPath } from './id-path.ts';

export interface CountLimits {
  /** The largest `count` of IDs. */
  readonly maxCountIds: number;
  /** The largest `count` of a request for ranges. */
  readonly maxRangeIds: number;
}

export interface IdQuery {
  /** Undefined: one ID in the single form. */
  readonly count: number | undefined;
  readonly version: 'v4' | 'v7';
  /** Kinds that may stand in, in this order. */
  readonly fallback: readonly IdKind[];
}

/** The query of a request that has none. */
const NONE: IdQuery = { count: undefined, version: 'v7', fallback: [] };

/** Which kinds may stand in for which. A UUID stands in for all; nothing stands in for a UUID, which never refuses. */
const STAND_INS: Readonly<Record<IdKind, readonly IdKind[]>> = {
  segment: ['uuid', 'snowflake'],
  snowflake: ['uuid'],
  uuid: [],
};

const COUNT = /^[1-9]\d{0,9}$/;
/** By far the most frequent query: read without URLSearchParams, which costs a microsecond. */
const PLAIN_COUNT = /^count=[\w.-]*$/;

function invalid(field: string, value: unknown, expected: string): FrondError {
  return new FrondError('INVALID_ARGUMENT', { field, value, expected });
}

function parametersOf({ kind, form }: IdPath): readonly string[] {
  if (form === 'ranges') return ['count'];
  return kind === 'uuid' ? ['count', 'version'] : ['count', 'fallback'];
}

function invalidCount(text: string | undefined, max: number): FrondError {
  return invalid('count', text, `an integer from 1 to ${max}`);
}

function countOf(text: string, max: number): number {
  // No sign, no leading zero, no exponent: one spelling for each count.
  const count = COUNT.test(text) ? Number(text) : 0;
  if (count < 1 || count > max) throw invalidCount(text, max);
  return count;
}

function fallbackOf(text: string, kind: IdKind): readonly IdKind[] {
  const allowed = STAND_INS[kind];
  const kinds = text.split(',') as IdKind[];
  if (kinds.some(each => !allowed.includes(each)) || new Set(kinds).size < kinds.length) {
    throw invalid('fallback', text, `a list of ${allowed.join(' and ')} without repeats, separated by commas`);
  }
  return kinds;
}

function versionOf(text: string): 'v4' | 'v7' {
  if (text !== '4' && text !== '7') throw invalid('version', text, '4 or 7');
  return `v${text}`;
}

/**
 * The query of a request for IDs. Leaf's routes take none and, as Leaf does, look at none.
 * @param search the text after the question mark; undefined when there is none
 * @throws FrondError INVALID_ARGUMENT naming the parameter, its value and its bounds
 */
export function parseIdQuery(path: IdPath, search: string | undefined, limits: CountLimits): IdQuery {
  if (path.form === 'leaf') return NONE;
  const max = path.form === 'ranges' ? limits.maxRangeIds : limits.maxCountIds;
  if (search !== undefined && PLAIN_COUNT.test(search)) {
    return { count: countOf(search.slice('count='.length), max), version: NONE.version, fallback: NONE.fallback };
  }
  let query = NONE;
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(search ?? '')) {
    const known = parametersOf(path);
    const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
    if (!known.includes(name)) throw invalid(shown, value, `no parameters here but ${known.join(', ')}`);
    if (seen.has(name)) throw invalid(name, value, 'to be given once');
    seen.add(name);
    if (name === 'count') query = { ...query, count: countOf(value, max) };
    else if (name === 'version') query = { ...query, version: versionOf(value) };
    else query = { ...query, fallback: fallbackOf(value, path.kind) };
  }
  if (path.form === 'ranges' && query.count === undefined) {
    throw invalidCount(undefined, max);
  }
  return query;
}
