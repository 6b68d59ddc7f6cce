import type { FileLock } from '../../system/file-lock.ts';
import type { FileRecord } from '../records/file.ts';
import type { Slot, SlotData } from '../slot-store.ts';
import type { LocalSlot } from './local-slot.ts';

/** What every record that this process writes says of where it was written. */
export interface LocalWriter {
  readonly treeId: string;
  readonly machineId: string | undefined;
}

/** A slot whose lock is ours. */
export class LocalHold {
  readonly workerId: number;
  readonly lock: FileLock;
  readonly record: FileRecord<LocalSlot>;
  #claimed = false;

  constructor(workerId: number, lock: FileLock, record: FileRecord<LocalSlot>) {
    this.workerId = workerId;
    this.lock = lock;
    this.record = record;
  }

  /** True from the first durable write under this lock. */
  get claimed(): boolean {
    return this.#claimed;
  }

  /**
   * Writes the record that follows `version`; undefined when the lock excludes nobody any more, or when something else
   * than this record is stored afterwards: somebody writes who should not, because the kernel lock was lost.
   * @throws the I/O error, the outcome being unknown
   */
  async store(writer: LocalWriter, version: number, data: SlotData): Promise<Slot | undefined> {
    const { workerId, lock, record } = this;
    const { treeId, machineId = null } = writer;
    if (!(await lock.isIntact())) return undefined;
    await record.write({ v: 1, treeId, workerId, version: version + 1, lock: lock.identity, machineId, data });
    if (!(await lock.isIntact())) return undefined;
    const read = await record.read();
    if (read.status !== 'found' || !follows(read.value, version, data)) return undefined;
    this.#claimed = true;
    return { workerId, version: version + 1, data };
  }
}

function follows(stored: LocalSlot, version: number, data: SlotData): boolean {
  return stored.version === version + 1 && stored.data.token === data.token && stored.data.renewal === data.renewal;
}
