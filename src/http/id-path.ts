import type { IdKind } from '../allocators/allocator.ts';
import { requireTagName } from '../allocators/tag-name.ts';
import type { HttpRoute } from '../metrics/http-counters.ts';

/** Which IDs a path asks for. */
export interface IdPath {
  readonly kind: IdKind;
  /** Of segment paths only. */
  readonly tag: string | undefined;
  /** `leaf`: Leaf's own route, always the bare decimal number. */
  readonly form: 'ids' | 'ranges' | 'leaf';
  readonly route: HttpRoute;
}

const SNOWFLAKE: IdPath = { kind: 'snowflake', tag: undefined, form: 'ids', route: 'snowflake' };
const SNOWFLAKE_RANGES: IdPath = { kind: 'snowflake', tag: undefined, form: 'ranges', route: 'ranges' };
const UUID: IdPath = { kind: 'uuid', tag: undefined, form: 'ids', route: 'uuid' };
const LEAF_SNOWFLAKE: IdPath = { kind: 'snowflake', tag: undefined, form: 'leaf', route: 'leaf_snowflake' };

const SEGMENT_PREFIX = '/id/segment/';
const LEAF_SEGMENT_PREFIX = '/api/segment/get/';
const LEAF_SNOWFLAKE_PREFIX = '/api/snowflake/get/';
const RANGES_SUFFIX = '/ranges';

/** True for the paths that are answered here or not at all. */
export function isIdPath(url: string): boolean {
  return url.startsWith('/id/') || url.startsWith(LEAF_SEGMENT_PREFIX) || url.startsWith(LEAF_SNOWFLAKE_PREFIX);
}

/** One path segment as a tag, percent-decoded once. */
function tagOf(segment: string): string {
  // Seldom: decoding costs a microsecond, whether or not there is anything to decode.
  if (!segment.includes('%')) return requireTagName(segment);
  let decoded = segment;
  try {
    decoded = decodeURIComponent(segment);
  } catch {
    // A malformed escape keeps its percent sign, which no tag name has: the check below names it.
  }
  return requireTagName(decoded);
}

function segmentPath(rest: string): IdPath | undefined {
  const slash = rest.indexOf('/');
  if (slash < 0) return { kind: 'segment', tag: tagOf(rest), form: 'ids', route: 'segment' };
  if (rest.slice(slash) !== RANGES_SUFFIX) return undefined;
  return { kind: 'segment', tag: tagOf(rest.slice(0, slash)), form: 'ranges', route: 'ranges' };
}

/**
 * What a path without its query asks for; undefined when there is nothing at it.
 * @throws FrondError INVALID_ARGUMENT (tag)
 */
export function parseIdPath(path: string): IdPath | undefined {
  if (path === '/id/snowflake') return SNOWFLAKE;
  if (path === '/id/uuid') return UUID;
  if (path === '/id/snowflake/ranges') return SNOWFLAKE_RANGES;
  if (path.startsWith(SEGMENT_PREFIX)) return segmentPath(path.slice(SEGMENT_PREFIX.length));
  if (path.startsWith(LEAF_SEGMENT_PREFIX)) {
    const rest = path.slice(LEAF_SEGMENT_PREFIX.length);
    if (rest.includes('/')) return undefined;
    return { kind: 'segment', tag: tagOf(rest), form: 'leaf', route: 'leaf_segment' };
  }
  if (path.startsWith(LEAF_SNOWFLAKE_PREFIX)) {
    const key = path.slice(LEAF_SNOWFLAKE_PREFIX.length);
    // Leaf asks for a key here and does not look at it.
    return key === '' || key.includes('/') ? undefined : LEAF_SNOWFLAKE;
  }
  return undefined;
}

/** The route under which a path is counted that `parseIdPath` refuses. */
export function routeOfIdPath(path: string): HttpRoute {
  if (path.startsWith(SEGMENT_PREFIX)) return path.endsWith(RANGES_SUFFIX) ? 'ranges' : 'segment';
  if (path.startsWith(LEAF_SEGMENT_PREFIX)) return 'leaf_segment';
  return 'other';
}
