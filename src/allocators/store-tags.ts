import { FrondError, requireInteger } from '../errors.ts';
import type { RangeStore, TagChange, TagPatch, TagRecord } from '../stores/range-store.ts';
import { DESCRIPTION_MAX_CHARS, ID_MAX, STEP_MAX_IDS } from '../stores/range-store.ts';
import type { TagDirectory } from './tag-directory.ts';
import { requireTagName } from './tag-name.ts';

/** The tags of a store itself, for whoever gives no IDs: checks what comes in, and holds nothing. */
export class StoreTags implements TagDirectory {
  readonly #store: RangeStore;

  /** @param store open */
  constructor(store: RangeStore) {
    this.#store = store;
  }

  listTags(): Promise<readonly TagRecord[]> {
    return this.#store.listTags();
  }

  async getTag(tag: string): Promise<TagRecord> {
    const record = await this.#store.getTag(requireTagName(tag));
    // A database may compare names loosely; another spelling is another tag all the same.
    if (record?.tag !== tag) throw new FrondError('UNKNOWN_TAG', { tag });
    return record;
  }

  async putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    requireTagName(tag);
    requireInteger('stepIds', change.stepIds, 1, STEP_MAX_IDS);
    requireText(change.description);
    requireMaxId(change.maxId);
    return this.#store.putTag(tag, change);
  }

  async patchTag(tag: string, patch: TagPatch): Promise<TagRecord> {
    requireTagName(tag);
    if (patch.stepIds !== undefined) requireInteger('stepIds', patch.stepIds, 1, STEP_MAX_IDS);
    requireText(patch.description);
    requireMaxId(patch.maxId);
    const record = await this.#store.patchTag(tag, patch);
    if (record === undefined) throw new FrondError('UNKNOWN_TAG', { tag });
    return record;
  }

  async retireTag(tag: string): Promise<void> {
    const existed = await this.#store.retireTag(requireTagName(tag));
    if (!existed) throw new FrondError('UNKNOWN_TAG', { tag });
  }
}

function requireText(description: string | null | undefined): void {
  const text = description ?? '';
  if (typeof text === 'string' && [...text].length <= DESCRIPTION_MAX_CHARS) return;
  const expected = `a text of up to ${DESCRIPTION_MAX_CHARS} characters, or null`;
  throw new FrondError('INVALID_ARGUMENT', { field: 'description', value: description, expected });
}

function requireMaxId(maxId: bigint | undefined): void {
  if (maxId === undefined || (typeof maxId === 'bigint' && maxId >= 1n && maxId <= ID_MAX)) return;
  throw new FrondError('INVALID_ARGUMENT', { field: 'maxId', value: maxId, expected: 'a bigint from 1 to 2^63 - 1' });
}
