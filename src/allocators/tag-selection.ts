/** Which tags a status shows. Types and bounds only. */

/**
 * `rate`: the busiest first. `name`: by name. `empty`: the one first that would be out of IDs first. `waste`: the one
 * first that has taken most from the store without giving it. `fetch`: the latest fetch first.
 */
export const TAG_ORDERS = ['rate', 'name', 'empty', 'waste', 'fetch'] as const;
export type TagOrder = (typeof TAG_ORDERS)[number];

export interface TagSelection {
  /** The most tags that are shown; 0 to TAGS_SHOWN_MAX. @default 100 */
  readonly tags?: number | undefined;
  /** Only tags whose names contain this, in whatever case. @default all */
  readonly match?: string | undefined;
  /** Tags whose fetches fail come before all others. @default rate */
  readonly order?: TagOrder | undefined;
}

export const TAGS_SHOWN_MAX = 10_000;
export const TAGS_SHOWN = 100;
