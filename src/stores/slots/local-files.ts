import { access, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FrondError, reasonOf } from '../../errors.ts';
import { syncDirectory } from '../../system/directory.ts';
import { FileLock } from '../../system/file-lock.ts';
import type { Logger } from '../../system/logger.ts';
import { FileRecord } from '../records/file.ts';
import { LocalHold } from './local-hold.ts';
import { type LocalSlot, parseLocalSlot } from './local-slot.ts';

/** Records read at a time by `readAll`: bounds the open files. */
const READS_AT_ONCE = 32;
/** Begins the name of the file that outlives a slot's directory. */
const USED = 'used-';

/** The files of a directory of worker slots: where they are, which exist, and what they say. Decides nothing. */
export class LocalSlotFiles {
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #reported = new Set<string>();
  /** Records of another tree are foreign. */
  readonly treeId: string;

  constructor(directory: string, treeId: string, logger: Logger) {
    this.#directory = directory;
    this.treeId = treeId;
    this.#logger = logger;
  }

  lockPath(workerId: number): string {
    return join(this.#slotDirectory(workerId), 'slot.lock');
  }

  /**
   * Locks a slot; undefined when somebody else has the lock.
   * @param passOver an existing slot that cannot be locked is logged and left; a new one tells what is wrong
   */
  tryHold(workerId: number, passOver: boolean): LocalHold | undefined {
    try {
      const lock = FileLock.tryAcquire(this.lockPath(workerId));
      return lock && new LocalHold(workerId, lock, this.recordOf(workerId));
    } catch (error) {
      if (!passOver && (error as FrondError).code !== 'STORE_DAMAGED') throw error;
      this.report(workerId, reasonOf(error));
      return undefined;
    }
  }

  /** Whether another process or handle has the lock, found by trying. */
  isLocked(workerId: number): boolean {
    const lock = FileLock.tryAcquire(this.lockPath(workerId));
    lock?.release();
    return lock === undefined;
  }

  recordOf(workerId: number): FileRecord<LocalSlot> {
    return new FileRecord({ path: this.#recordPath(workerId), parse: parseLocalSlot });
  }

  /** Every worker ID that has a directory, in order. */
  async workerIds(): Promise<number[]> {
    const names = await readdir(this.#directory);
    return names
      .filter(isName)
      .map(Number)
      .sort((a, b) => a - b);
  }

  /** True when there is a record file, readable or not. */
  async hasRecord(workerId: number): Promise<boolean> {
    return access(this.#recordPath(workerId)).then(
      () => true,
      error => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
  }

  /**
   * Worker IDs up to `maxWorkerId` that were never used, each with its directory: those whose maker died before its
   * first record, then those above all that exist or existed, because a gap may be a used one whose directory
   * somebody deleted.
   */
  async *neverUsed(maxWorkerId: number): AsyncGenerator<number, void, undefined> {
    const existing = (await this.workerIds()).filter(workerId => workerId <= maxWorkerId);
    const used = await this.#usedWorkerIds();
    const recorded = await Promise.all(existing.map(workerId => this.hasRecord(workerId)));
    yield* existing.filter((workerId, i) => !recorded[i] && !used.includes(workerId));
    for (let workerId = Math.max(-1, ...existing, ...used) + 1; workerId <= maxWorkerId; workerId++) {
      await this.makeName(workerId);
      yield workerId;
    }
  }

  /**
   * Makes the directory of a worker ID where it is missing; `syncNames` makes it durable. Not its parents: without
   * them the tree is gone, and slots without a layout would spoil the next one.
   */
  async makeName(workerId: number): Promise<void> {
    await mkdir(this.#slotDirectory(workerId)).catch(error => {
      if (error.code !== 'EEXIST') throw error;
    });
  }

  /** Remembers, durably and beside its directory, that the worker ID was claimed. */
  async markUsed(workerId: number): Promise<void> {
    try {
      await (await open(join(this.#directory, USED + nameOf(workerId)), 'wx')).close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      throw error;
    }
    await this.syncNames();
  }

  /** Makes the names of new slot directories durable, whoever made them. */
  syncNames(): Promise<void> {
    return syncDirectory(this.#directory);
  }

  /** The record when it can be read and belongs here; what cannot be used is logged, once. @throws the I/O error */
  async read(workerId: number, record = this.recordOf(workerId)): Promise<LocalSlot | undefined> {
    try {
      const read = await record.read();
      if (read.status === 'absent') return undefined;
      if (read.status === 'found') {
        if (read.value.treeId === this.treeId && read.value.workerId === workerId) return read.value;
        this.report(workerId, 'its record belongs to another slot');
      } else {
        this.report(workerId, `its record is damaged: ${read.reason}`);
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EACCES' && code !== 'EPERM') throw error;
      this.report(workerId, reasonOf(error));
    }
    return undefined;
  }

  /** As `read`, for many, some at a time. */
  async readAll(
    workerIds: readonly number[],
    recordOf: (workerId: number) => FileRecord<LocalSlot> | undefined,
  ): Promise<LocalSlot[]> {
    const slots: LocalSlot[] = [];
    for (let i = 0; i < workerIds.length; i += READS_AT_ONCE) {
      const batch = workerIds.slice(i, i + READS_AT_ONCE).map(workerId => this.read(workerId, recordOf(workerId)));
      for (const slot of await Promise.all(batch)) if (slot !== undefined) slots.push(slot);
    }
    return slots;
  }

  /** Logs, once for each reason, why a slot is passed over. */
  report(workerId: number, reason: string): void {
    const key = `${workerId} ${reason}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.#logger.warn({ directory: this.#slotDirectory(workerId), workerId, reason }, 'worker slot passed over');
  }

  async #usedWorkerIds(): Promise<number[]> {
    const names = (await readdir(this.#directory)).filter(name => name.startsWith(USED));
    return names
      .map(name => name.slice(USED.length))
      .filter(isName)
      .map(Number);
  }

  #slotDirectory(workerId: number): string {
    return join(this.#directory, nameOf(workerId));
  }

  #recordPath(workerId: number): string {
    return join(this.#slotDirectory(workerId), 'slot.json');
  }
}

function isName(name: string): boolean {
  return /^\d+$/.test(name) && nameOf(Number(name)) === name;
}

function nameOf(workerId: number): string {
  return String(workerId).padStart(4, '0');
}
