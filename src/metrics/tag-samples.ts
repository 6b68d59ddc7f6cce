import type { Labels } from './collected.ts';

/** Tags beyond the limit are summed under this label; no tag can have the name, since a tag begins with a letter or digit. */
const REST = '(other)';

export type Combine = (a: number, b: number) => number;

/**
 * One sample for each of the first `limit` tags, and one for all others together.
 * @param value null for a tag that has none
 * @param combine what the others together have, from what each has
 */
export function tagSamples<Tag extends { readonly tag: string }>(
  tags: readonly Tag[],
  limit: number,
  value: (tag: Tag) => number | null,
  combine: Combine,
): (readonly [labels: Labels, value: number | null])[] {
  const samples: (readonly [Labels, number | null])[] = [];
  let rest: number | null = null;
  for (let i = 0; i < tags.length; i++) {
    const tag = tags[i]!;
    const own = value(tag);
    if (i < limit) samples.push([{ tag: tag.tag }, own]);
    else if (own !== null) rest = rest === null ? own : combine(rest, own);
  }
  if (tags.length > limit) samples.push([{ tag: REST }, rest]);
  return samples;
}

export const sum: Combine = (a, b) => a + b;
