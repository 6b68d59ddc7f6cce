import { TAGS_SHOWN, type TagOrder, type TagSelection } from '../tag-selection.ts';
import type { TagStats } from './segment-stats.ts';
import { isFailing } from './segment-status.ts';

type Compare = (a: TagStats, b: TagStats) => number;

const byName: Compare = (a, b) => (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0);

const COMPARES: Readonly<Record<TagOrder, Compare>> = {
  rate: (a, b) => b.idsPerSecond - a.idsPerSecond,
  name: byName,
  // Not a difference: that of two infinities is no number.
  empty: (a, b) => {
    const [left, right] = [a.secondsToEmpty ?? Infinity, b.secondsToEmpty ?? Infinity];
    return left < right ? -1 : left > right ? 1 : 0;
  },
  waste: (a, b) => b.reservedIds - b.issuedIds - (a.reservedIds - a.issuedIds),
  fetch: (a, b) => (a.lastFetch?.agoMs ?? Number.MAX_VALUE) - (b.lastFetch?.agoMs ?? Number.MAX_VALUE),
};

/** The tags that a status shows, and how many more match. */
export function selectTags(
  all: readonly TagStats[],
  { tags: limit = TAGS_SHOWN, match = '', order = 'rate' }: TagSelection = {},
): { readonly shown: readonly TagStats[]; readonly omitted: number } {
  const wanted = match.toLowerCase();
  const matching = wanted === '' ? [...all] : all.filter(each => each.tag.toLowerCase().includes(wanted));
  const compare = COMPARES[order];
  matching.sort((a, b) => Number(isFailing(b)) - Number(isFailing(a)) || compare(a, b) || byName(a, b));
  const shown = matching.slice(0, limit);
  return { shown, omitted: matching.length - shown.length };
}
