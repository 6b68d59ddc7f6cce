import { z } from 'zod';
import type { FileIdentity } from '../../system/file-lock.ts';
import type { SlotData } from '../slot-store.ts';

/** What `slot.json` holds: the slot, and where it was written, so that a copy of it can be told. */
export interface LocalSlot {
  readonly v: 1;
  /** The tree that it belongs to: `layout.json`'s. */
  readonly treeId: string;
  readonly workerId: number;
  readonly version: number;
  /** The lock file that its writer held. */
  readonly lock: FileIdentity;
  /** The writer's machine, null where there is no machine ID. */
  readonly machineId: string | null;
  readonly data: SlotData;
}

const unixMs = z.int().nonnegative();

const schema: z.ZodType<LocalSlot> = z.strictObject({
  v: z.literal(1),
  treeId: z.string().min(1),
  workerId: z.int().nonnegative(),
  version: z.int().positive(),
  lock: z.strictObject({ inode: z.string(), birthNs: z.string() }),
  machineId: z.string().nullable(),
  data: z.strictObject({
    token: z.string().min(1),
    incarnation: z.int().positive(),
    renewal: z.int().nonnegative(),
    hwmMs: unixMs,
    boundMs: unixMs,
    state: z.enum(['held', 'released']),
    owner: z.strictObject({ host: z.string(), port: z.int().nullable(), pid: z.int() }),
  }),
});

/** @throws ZodError */
export function parseLocalSlot(value: unknown): LocalSlot {
  return schema.parse(value);
}

/**
 * Why the kernel lock on `lock` proves nothing about the writer of `slot`; undefined when it does prove its death.
 *
 * The proof is that writer and reader locked the very same file under the same kernel. A file copied, unpacked, synced
 * or restored from a backup has another inode, or another time of birth, which no program can set: so those two must
 * be equal. Device numbers change with a reboot, and host names with every re-created container whose volume is the
 * legitimate heir: those are not compared. Machine IDs must be equal when both sides have one: a cloned virtual
 * machine keeps inodes and times of birth but is usually given a new machine ID. The price of a wrong refusal is one worker
 * ID; the price of a wrong proof would be a duplicate.
 *
 * What remains: a clone of a whole machine or volume that keeps the machine ID (or has none) while the original
 * runs on, and a block device mounted by two hosts at once.
 */
export function copyReason(
  slot: Pick<LocalSlot, 'lock' | 'machineId'>,
  lock: FileIdentity,
  machineId: string | undefined,
): string | undefined {
  if (slot.lock.inode !== lock.inode) return `its lock file was inode ${slot.lock.inode} and is ${lock.inode}`;
  if (slot.lock.birthNs !== lock.birthNs) return 'its lock file was created anew';
  if (slot.machineId !== null && machineId !== undefined && slot.machineId !== machineId) {
    return 'it was written on a machine with another machine ID';
  }
  return undefined;
}
