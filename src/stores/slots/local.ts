import { resolve } from 'node:path';
import { FrondError, reasonOf } from '../../errors.ts';
import { makeDirectory } from '../../system/directory.ts';
import { type Host, thisHost } from '../../system/host.ts';
import type { System } from '../../system/system.ts';
import type { Slot, SlotData, SlotLayout, SlotStore } from '../slot-store.ts';
import { LocalSlotFiles } from './local-files.ts';
import type { LocalHold, LocalWriter } from './local-hold.ts';
import { copyReason, type LocalSlot } from './local-slot.ts';
import { isTreeOf, leaveTree, openTree } from './local-tree.ts';

export interface LocalSlotStoreOptions {
  /** Holds the slots and nothing else; on a local disk of this host; made when it is missing. */
  readonly directory: string;
  readonly system: System;
  /** By default the real one. */
  readonly host?: Host;
  /** How far above the clock those who used a former tree may still mint; ms. @default 3000 */
  readonly lookaheadMs?: number;
}

interface Opened extends LocalWriter {
  readonly files: LocalSlotFiles;
}

/**
 * The worker slots of the processes of one host, in a directory: `layout.json` and, for each worker ID, `0007/slot.lock`
 * (the authority: an exclusive kernel lock), `0007/slot.json` (the record, which only the lock's holder writes, a
 * version higher each time), and the empty file `used-0007`.
 *
 * - Nothing here is ever deleted, and a worker ID that was ever claimed is never created again: neither when its record
 *   cannot be read, nor when somebody deleted its directory, which `used-0007` outlives.
 * - A slot with a directory but no record was never claimed durably, so no ID came from it: `create` may claim it.
 * - Every write checks, before and after, that the lock file is still the one that was locked: a directory that was
 *   deleted, moved or replaced ends the claim. It also reads what is stored, before and after: a process that opens and
 *   closes its own lock file (a backup made by the program that embeds Frond) loses the kernel lock in silence; the
 *   record then names another holder, and the claim ends at the next renewal. Let another process make backups.
 * - A record that was copied here (see `copyReason`) is never taken, nor is one that is unreadable: both are logged.
 * - While the outcome of a write is unknown the lock is kept, so that whoever reads its own token back still owns it.
 * - Calls run one after the other; `letGo` and `close` wait for a write in flight, which must not land unlocked.
 *
 * One host only: two directories know nothing of each other. A directory restored from a backup goes on with worker
 * IDs that it has not seen used; those used since the backup are guarded only by the wall clock having moved on. The
 * same holds when the directory is deleted whole while holders in other processes live: they mint until their next
 * renewal, and who makes it anew meanwhile has nothing left to see them by. Stop all holders before deleting it.
 */
export class LocalSlotStore implements SlotStore {
  readonly name: string;
  readonly provesDeath = true;
  readonly #directory: string;
  readonly #system: System;
  readonly #host: Host;
  readonly #lookaheadMs: number;
  readonly #held = new Map<number, LocalHold>();
  #floorMs = 0;
  #opened: Opened | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: LocalSlotStoreOptions) {
    this.#directory = resolve(options.directory);
    this.#system = options.system;
    this.#host = options.host ?? thisHost;
    this.#lookaheadMs = options.lookaheadMs ?? 3000;
    this.name = `local:${this.#directory}`;
  }

  get floorMs(): number {
    return this.#floorMs;
  }

  open(layout: SlotLayout): Promise<void> {
    return this.#inTurn(async () => {
      await makeDirectory(this.#directory);
      const filesystem = await this.#host.networkFilesystem(this.#directory);
      if (filesystem !== undefined) {
        throw new Error(
          `it is on ${filesystem}, where a file lock does not prove that its last holder is dead; ` +
            'move it to a local disk, or keep the worker slots in MySQL or ZooKeeper',
        );
      }
      const { treeId, floorMs } = await openTree(this.#directory, layout, this.#system, {
        lookaheadMs: this.#lookaheadMs,
        user: this,
      });
      // Locks in a tree that is no more.
      if (treeId !== this.#opened?.treeId) this.#letGoOfAll();
      const files = new LocalSlotFiles(this.#directory, treeId, this.#system.logger);
      const machineId = await this.#host.machineId();
      this.#floorMs = floorMs;
      this.#opened = { files, treeId, machineId };
    });
  }

  list(): Promise<readonly Slot[]> {
    return this.#inTurn(async () => {
      const { files } = this.#requireOpen();
      const recordOf = (workerId: number) => this.#held.get(workerId)?.record;
      return (await files.readAll(await files.workerIds(), recordOf)).map(slotOf);
    });
  }

  create(data: SlotData, maxWorkerId: number): Promise<Slot | undefined> {
    return this.#inTurn(async () => {
      const { files, treeId } = this.#requireOpen();
      if (!(await isTreeOf(this.#directory, treeId))) throw new Error('the directory was deleted or replaced');
      for await (const workerId of files.neverUsed(maxWorkerId)) {
        const slot = await this.#claimNew(workerId, data);
        if (slot !== undefined) return slot;
      }
      return undefined;
    });
  }

  /** As `create`, but this very worker ID; undefined when it was used before or a rival has it. */
  createAt(workerId: number, data: SlotData): Promise<Slot | undefined> {
    return this.#inTurn(async () => {
      await this.#requireOpen().files.makeName(workerId);
      return this.#claimNew(workerId, data);
    });
  }

  take(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.#inTurn(async () => {
      const { files, machineId } = this.#requireOpen();
      // Looked at before it is locked: a slot that is not there must not get a lock file.
      if ((await this.#read(slot.workerId))?.version !== slot.version) return undefined;
      const isHeir = async (held: LocalHold): Promise<boolean> => {
        const stored = await files.read(held.workerId, held.record);
        if (stored?.version !== slot.version) return false;
        const reason = copyReason(stored, held.lock.identity, machineId);
        if (reason !== undefined) files.report(held.workerId, `it was copied or restored: ${reason}`);
        else await files.markUsed(held.workerId);
        return reason === undefined;
      };
      return this.#claim(slot.workerId, slot.version, data, isHeir);
    });
  }

  write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.#inTurn(async () => {
      const opened = this.#requireOpen();
      const held = this.#held.get(slot.workerId);
      // What is stored decides, and not what we wrote: the lock may have been lost.
      const stored = held && (await this.#read(slot.workerId));
      const isOurs = stored?.version === slot.version && stored.data.token === slot.data.token;
      return isOurs ? held?.store(opened, slot.version, data) : undefined;
    });
  }

  read(workerId: number): Promise<Slot | undefined> {
    return this.#inTurn(async () => {
      const stored = await this.#read(workerId);
      return stored && slotOf(stored);
    });
  }

  letGo(workerId: number): Promise<void> {
    return this.#inTurn(async () => {
      this.#held.get(workerId)?.lock.release();
      this.#held.delete(workerId);
    });
  }

  /** By trying the lock: a starter that tries at the same moment passes the slot over. */
  holderLives(workerId: number): Promise<boolean | undefined> {
    return this.#inTurn(async () => {
      if (this.#held.has(workerId)) return true;
      if ((await this.#read(workerId)) === undefined) return undefined;
      return this.#requireOpen().files.isLocked(workerId);
    });
  }

  async sampleTimeMs(): Promise<undefined> {
    this.#requireOpen();
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#opened = undefined;
      leaveTree(this);
      this.#letGoOfAll();
    });
  }

  #letGoOfAll(): void {
    for (const held of this.#held.values()) held.lock.release();
    this.#held.clear();
  }

  /** Claims a slot that has no record yet; undefined when a rival was faster. */
  async #claimNew(workerId: number, data: SlotData): Promise<Slot | undefined> {
    const { files } = this.#requireOpen();
    const slot = await this.#claim(workerId, 0, data, async () => {
      if (await files.hasRecord(workerId)) return false;
      await files.syncNames();
      return true;
    });
    // After the record, so that a maker that dies in between burns no worker ID; before any ID is minted.
    if (slot !== undefined) await files.markUsed(workerId);
    return slot;
  }

  /**
   * Locks a slot and writes its record over `version`, if `mayClaim` allows it: asked under the lock, because only then
   * nobody else can change the answer. A lock that an unknown outcome left with us is used again.
   */
  async #claim(
    workerId: number,
    version: number,
    data: SlotData,
    mayClaim: (held: LocalHold) => Promise<boolean>,
  ): Promise<Slot | undefined> {
    const known = this.#held.get(workerId);
    const held = known ?? this.#requireOpen().files.tryHold(workerId, version > 0);
    if (held === undefined || held.claimed) return undefined;
    let allowed = false;
    try {
      allowed = await mayClaim(held);
    } finally {
      if (!allowed && known === undefined) held.lock.release();
    }
    if (!allowed) return undefined;
    this.#held.set(workerId, held);
    return held.store(this.#requireOpen(), version, data);
  }

  #read(workerId: number): Promise<LocalSlot | undefined> {
    return this.#requireOpen().files.read(workerId, this.#held.get(workerId)?.record);
  }

  #requireOpen(): Opened {
    if (this.#opened !== undefined) return this.#opened;
    throw new FrondError('SLOT_STORE_UNAVAILABLE', { store: this.name, reason: 'it is not open' });
  }

  /** Runs after every earlier call has ended. @throws FrondError: SLOT_STORE_UNAVAILABLE for every other error */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work).catch((error: unknown) => {
      if (error instanceof FrondError) throw error;
      const details = { store: this.name, reason: reasonOf(error) };
      throw new FrondError('SLOT_STORE_UNAVAILABLE', details, { cause: error });
    });
    this.#tail = result.catch(() => {});
    return result;
  }
}

function slotOf({ workerId, version, data }: LocalSlot): Slot {
  return { workerId, version, data };
}
