import { StoreTags } from '../allocators/store-tags.ts';
import {
  DESCRIPTION_MAX_CHARS,
  ID_MAX,
  STEP_MAX_IDS,
  type TagPatch,
  type TagRecord,
} from '../allocators/tag-directory.ts';
import { tagJson } from '../allocators/tag-json.ts';
import type { Config } from '../config.ts';
import { FrondError } from '../errors.ts';
import { openRangeStore } from '../stores/ranges/open.ts';
import { underCeiling } from '../stores/ranges/open-ceiling.ts';
import { cliSystem } from './cli-system.ts';
import { requireRangeStore } from './existing-store.ts';
import { tellStore } from './tell-store.ts';
import { textFields, textTable } from './text-table.ts';

/** What a person typed; undefined for what was not. */
export interface TagFlags {
  readonly step?: string | undefined;
  /** False clears it. */
  readonly description?: string | false | undefined;
  readonly maxId?: string | undefined;
}

/** Answers are for standard output: JSON as over HTTP, or text for people. */
export async function listTags(config: Config, json: boolean): Promise<string> {
  const records = await inStore(config, tags => tags.listTags());
  if (json) return JSON.stringify(records.map(tagJson), null, 2);
  const rows = records.map(tagJson).map(({ tag, step, maxId, updatedAt, description }) => {
    return [tag, String(step), maxId, updatedAt ?? '', oneLine(description ?? '')];
  });
  return textTable([['tag', 'step', 'max-id', 'updated', 'description'], ...rows]);
}

/** @throws FrondError UNKNOWN_TAG */
export async function showTag(config: Config, tag: string, json: boolean): Promise<string> {
  return shown(await inStore(config, tags => tags.getTag(tag)), json);
}

/** @throws FrondError TAG_EXISTS, TAG_WOULD_REWIND, INVALID_ARGUMENT; as setTag */
export async function createTag(config: Config, tag: string, flags: TagFlags, json: boolean): Promise<string> {
  const { stepIds, ...rest } = patchOf(flags);
  if (stepIds === undefined) throw wrong('--step', undefined, `an integer from 1 to ${STEP_MAX_IDS}`);
  const change = { ...rest, stepIds, mustCreate: true };
  return shown((await inStore(config, tags => tags.putTag(tag, change), rest.maxId)).record, json);
}

/**
 * @throws FrondError UNKNOWN_TAG, TAG_WOULD_REWIND, INVALID_ARGUMENT; CEILING_UNAVAILABLE when maxId was raised and the
 * ceiling that is required was not: to be repeated
 */
export async function setTag(config: Config, tag: string, flags: TagFlags, json: boolean): Promise<string> {
  const patch = patchOf(flags);
  if (Object.keys(patch).length === 0) throw wrong('the change', 'empty', '--step, --description, --max-id or several');
  return shown(await inStore(config, tags => tags.patchTag(tag, patch), patch.maxId), json);
}

/** @throws FrondError UNKNOWN_TAG */
export async function retireTag(config: Config, tag: string, json: boolean): Promise<string> {
  await inStore(config, tags => tags.retireTag(tag));
  return json
    ? JSON.stringify({ tag, retired: true }, null, 2)
    : `${tag} is retired; made again, it goes on above all its IDs`;
}

function shown(record: TagRecord, json: boolean): string {
  const fields = tagJson(record);
  return json ? JSON.stringify(fields, null, 2) : textFields(fields);
}

/** @throws FrondError INVALID_ARGUMENT naming the flag and its bounds */
function patchOf({ step, description, maxId }: TagFlags): TagPatch {
  const patch: { -readonly [K in keyof TagPatch]: TagPatch[K] } = {};
  if (step !== undefined) {
    patch.stepIds = Number(/^\d{1,10}$/.test(step) ? step : 0);
    if (patch.stepIds < 1 || patch.stepIds > STEP_MAX_IDS) {
      throw wrong('--step', step, `an integer from 1 to ${STEP_MAX_IDS}`);
    }
  }
  if (maxId !== undefined) {
    patch.maxId = BigInt(/^\d{1,19}$/.test(maxId) ? maxId : 0);
    if (patch.maxId < 1n || patch.maxId > ID_MAX) throw wrong('--max-id', maxId, `an integer from 1 to ${ID_MAX}`);
  }
  if (description === false) patch.description = null;
  else if (description !== undefined) {
    patch.description = description;
    if ([...description].length > DESCRIPTION_MAX_CHARS) {
      throw wrong('--description', description, `text of at most ${DESCRIPTION_MAX_CHARS} characters`);
    }
  }
  return patch;
}

function wrong(field: string, value: unknown, expected: string): FrondError {
  return new FrondError('INVALID_ARGUMENT', { field, value, expected });
}

/** A description may hold line ends and tabs; a row of a table may not. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/**
 * Makes tags, never a store: one that does not exist is an error.
 * @param raisedTo what `work` raises a tag to, which its ceiling has to know: else a database that goes back forgets it
 */
async function inStore<T>(config: Config, work: (tags: StoreTags) => Promise<T>, raisedTo?: bigint): Promise<T> {
  requireRangeStore(config);
  const bare = (await openRangeStore(config, cliSystem))!;
  const store = raisedTo === undefined ? bare : await underCeiling(bare, config, cliSystem);
  tellStore(store);
  try {
    await store.open();
    return await work(new StoreTags(store));
  } finally {
    await store.close();
  }
}
