import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FrondError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { FileRecord } from '../records/file.ts';
import type { SlotLayout } from '../slot-store.ts';

/** What `layout.json` holds: the one thing that all slots of a directory share. Written once, never changed. */
export interface LocalTree {
  readonly v: 1;
  /** Random; every slot names it, so that a slot brought from elsewhere can be told. */
  readonly treeId: string;
  readonly layout: SlotLayout;
  /**
   * The wall clock at the first start: should an older tree have been deleted, its past is not used again. Where there
   * are signs of an older tree it is a lookahead more, which those who used that one may still use; Unix ms.
   */
  readonly floorMs: number;
}

const FIELDS = ['epochMs', 'timeBits', 'workerBits', 'sequenceBits'] as const;

const schema: z.ZodType<LocalTree> = z.strictObject({
  v: z.literal(1),
  treeId: z.string().min(1),
  layout: z.strictObject({
    epochMs: z.int(),
    timeBits: z.int(),
    workerBits: z.int(),
    sequenceBits: z.int(),
  }),
  floorMs: z.int().nonnegative(),
});

export interface TreeUse {
  /** How far above the clock the holders of a former tree may still mint; ms. */
  readonly lookaheadMs: number;
  /** Who asks; until `leaveTree` its process knows that there was a tree. */
  readonly user: object;
}

/** The directories of all trees that this process uses. */
const directories = new Map<object, string>();

/** A directory that was changed so long after it was made had something in it once; ms. */
const FORMER_LIFE_MS = 10_000;

/**
 * Reads `layout.json` in `directory`, and makes it at the first start; of many processes that start together exactly
 * one makes it.
 * @throws FrondError LAYOUT_MISMATCH; STORE_DAMAGED when it is unreadable, or missing although there are slots; else
 * the I/O error
 */
export async function openTree(
  directory: string,
  layout: SlotLayout,
  system: System,
  use: TreeUse,
): Promise<LocalTree> {
  const record = treeRecord(directory);
  const tree = (await readTree(record)) ?? (await makeTree(directory, record, layout, system, use));
  for (const field of FIELDS) {
    if (tree.layout[field] !== layout[field]) {
      throw new FrondError('LAYOUT_MISMATCH', { field, configured: layout[field], stored: tree.layout[field] });
    }
  }
  directories.set(use.user, directory);
  return tree;
}

/** Ends what `openTree` began. */
export function leaveTree(user: object): void {
  directories.delete(user);
}

/** True while `directory` holds this tree and no other. @throws FrondError STORE_DAMAGED; else the I/O error */
export async function isTreeOf(directory: string, treeId: string): Promise<boolean> {
  return (await readTree(treeRecord(directory)))?.treeId === treeId;
}

function treeRecord(directory: string): FileRecord<LocalTree> {
  return new FileRecord({ path: join(directory, 'layout.json'), parse: value => schema.parse(value) });
}

async function readTree(record: FileRecord<LocalTree>): Promise<LocalTree | undefined> {
  const read = await record.read();
  if (read.status === 'damaged') throw damaged(record, `it is unreadable (${read.reason})`);
  return read.status === 'found' ? read.value : undefined;
}

async function makeTree(
  directory: string,
  record: FileRecord<LocalTree>,
  layout: SlotLayout,
  system: System,
  use: TreeUse,
): Promise<LocalTree> {
  const hadOther = [...directories.values()].includes(directory) || (await hadFormerLife(directory));
  const names = await readdir(directory);
  if (names.some(name => /^(used-)?\d+$/.test(name))) {
    // Whoever made the slots may have made the tree since we looked.
    const tree = await readTree(record);
    if (tree === undefined) throw damaged(record, 'it is missing although there are worker slots beside it');
    return tree;
  }
  const { epochMs, timeBits, workerBits, sequenceBits } = layout;
  await record.create({
    v: 1,
    treeId: system.random.token(),
    layout: { epochMs, timeBits, workerBits, sequenceBits },
    floorMs: Math.max(0, Math.floor(system.clock.wallMs())) + (hadOther ? use.lookaheadMs : 0),
  });
  const tree = await readTree(record);
  if (tree === undefined) throw damaged(record, 'it was deleted as soon as it was made');
  await removeLeftovers(directory);
  return tree;
}

/** Both times are the filesystem's own, so that no clock is compared with another. */
async function hadFormerLife(directory: string): Promise<boolean> {
  const { mtimeMs, birthtimeMs } = await stat(directory);
  return birthtimeMs > 0 && mtimeMs - birthtimeMs > FORMER_LIFE_MS;
}

/** Drafts of makers that died. A live maker may lose its draft too: the tree exists, so its draft is for nothing. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (/^layout\.json\.[0-9a-f]+\.tmp$/.test(name)) await unlink(join(directory, name)).catch(() => {});
  }
}

function damaged(record: FileRecord<LocalTree>, what: string): FrondError {
  return new FrondError('STORE_DAMAGED', {
    store: record.name,
    reason: `${what}; put it back from a backup, or start with an empty directory when no process that used this one lives`,
  });
}
