/** The port for managing tags. Types and contracts only; the segment allocator is one. */

import type { TagChange, TagPatch, TagRecord } from '../stores/range-store.ts';

export type { TagChange, TagPatch, TagRecord } from '../stores/range-store.ts';
export { DESCRIPTION_MAX_CHARS, ID_MAX, STEP_MAX_IDS } from '../stores/range-store.ts';

/**
 * Changes are known at once to the allocator that made them, and to other instances at their next fetch or refresh.
 * A tag name is 1 to 128 characters of A-Z a-z 0-9 . _ : - and begins with a letter or digit (Leaf's column is
 * varchar(128)). All calls throw FrondError INVALID_ARGUMENT for bad input and STORE_UNAVAILABLE for a dead store.
 */
export interface TagDirectory {
  listTags(): Promise<readonly TagRecord[]>;
  /** @throws FrondError UNKNOWN_TAG */
  getTag(tag: string): Promise<TagRecord>;
  /** Creates a tag, or changes it. @throws FrondError TAG_WOULD_REWIND, TAG_EXISTS (with `mustCreate`) */
  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }>;
  /** Changes what is named, and never creates a tag. @throws FrondError UNKNOWN_TAG, TAG_WOULD_REWIND */
  patchTag(tag: string, patch: TagPatch): Promise<TagRecord>;
  /** Retires a tag; should it ever be created again, it goes on above all its IDs. @throws FrondError UNKNOWN_TAG */
  retireTag(tag: string): Promise<void>;
}
