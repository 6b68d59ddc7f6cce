import { join, resolve } from 'node:path';
import { z } from 'zod';
import { FrondError } from '../../errors.ts';
import { makeDirectory } from '../../system/directory.ts';
import { FileLock } from '../../system/file-lock.ts';
import { type Host, thisHost } from '../../system/host.ts';
import type { RecordRead } from '../durable-record.ts';
import { FileRecord } from '../records/file.ts';
import type { ProofRecord, SlotProof } from '../slot-proof.ts';
import { copyReason } from '../slots/local-slot.ts';

export interface FileSlotProofOptions {
  /** Holds places for processes that share a slot store, and nothing else; on a local disk; made when missing. */
  readonly directory: string;
  /** By default the real one. */
  readonly host?: Host;
}

/** Processes of one host on one directory, at the most. */
export const PLACES_MAX = 256;

/** What `slot.json` holds: the record, and where it was written, so that a copy of it can be told. */
const schema = z.strictObject({
  v: z.literal(1),
  lock: z.strictObject({ inode: z.string(), birthNs: z.string() }),
  machineId: z.string().nullable(),
  record: z.strictObject({
    store: z.string(),
    layout: z.strictObject({ epochMs: z.int(), timeBits: z.int(), workerBits: z.int(), sequenceBits: z.int() }),
    workerId: z.int().nonnegative(),
    version: z.int().nonnegative(),
    token: z.string().min(1),
    nextToken: z.string().min(1).nullable(),
    incarnation: z.int().positive(),
    renewal: z.int().nonnegative(),
    hwmMs: z.int().nonnegative(),
    boundMs: z.int().nonnegative(),
    suffices: z.boolean(),
    state: z.enum(['held', 'parked', 'given-up']),
  }) satisfies z.ZodType<ProofRecord>,
});

type StoredProof = z.infer<typeof schema>;

interface Place {
  readonly lock: FileLock;
  readonly file: FileRecord<StoredProof>;
  readonly machineId: string | undefined;
}

/**
 * Places in a directory, each with `slot.lock` (an exclusive kernel lock: who gets it knows its last holder dead) and
 * `slot.json`. Processes of one host each take the first one that is free, without being told.
 *
 * A record that was copied or restored here proves nothing (see `copyReason`). Every write reads the record before and
 * after: a process that opens and closes its own lock file (a backup made by the program that embeds Frond) loses the
 * kernel lock in silence, and somebody else may have taken the place.
 */
export class FileSlotProof implements SlotProof {
  readonly name: string;
  readonly #directory: string;
  readonly #host: Host;
  #opening: Promise<RecordRead<ProofRecord>> | undefined;
  #place: Place | undefined;
  /** As stored, by all we know; undefined for none. */
  #stored: string | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor({ directory, host = thisHost }: FileSlotProofOptions) {
    this.#directory = resolve(directory);
    this.#host = host;
    this.name = this.#directory;
  }

  open(): Promise<RecordRead<ProofRecord>> {
    this.#opening ??= this.#open().catch(error => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  write(record: ProofRecord): Promise<void> {
    const written = this.#write(record);
    // One that was given up may still be under way when the next one fails.
    this.#writing = Promise.allSettled([this.#writing, written]);
    return written;
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => {});
    await this.#writing;
    this.#place?.lock.release();
    this.#place = undefined;
    this.#opening = undefined;
  }

  async #open(): Promise<RecordRead<ProofRecord>> {
    await makeDirectory(this.#directory);
    const filesystem = await this.#host.networkFilesystem(this.#directory);
    if (filesystem !== undefined) throw new Error(`it is on ${filesystem}, where a file lock proves nothing`);
    const machineId = await this.#host.machineId();
    this.#place = await this.#takePlace(machineId);
    const { file, lock } = this.#place;
    const read = await file.read();
    if (read.status !== 'found') return read;
    this.#stored = JSON.stringify(read.value);
    const reason = copyReason(read.value, lock.identity, machineId);
    return reason === undefined ? { status: 'found', value: read.value.record } : { status: 'damaged', reason };
  }

  async #takePlace(machineId: string | undefined): Promise<Place> {
    for (let number = 0; number < PLACES_MAX; number++) {
      const path = join(this.#directory, String(number).padStart(4, '0'));
      await makeDirectory(path);
      const lock = tryLock(join(path, 'slot.lock'));
      const file = new FileRecord({ path: join(path, 'slot.json'), parse: value => schema.parse(value) });
      if (lock !== undefined) return { lock, file, machineId };
    }
    throw new Error(`all of its ${PLACES_MAX} places are taken by living processes, or spoilt`);
  }

  async #write(record: ProofRecord): Promise<void> {
    const { lock, file, machineId = null } = this.#requirePlace();
    // Parsed, so that the keys stand in the order in which they are read.
    const stored = schema.parse({ v: 1, lock: lock.identity, machineId, record });
    await this.#requireOurs();
    const before = this.#stored;
    const after = JSON.stringify(stored);
    try {
      this.#stored = after;
      await file.write(stored);
    } catch (error) {
      // Either may be stored now; what is read before the next write says which.
      const read = await file.read().catch(() => undefined);
      if (read?.status !== 'found' || JSON.stringify(read.value) !== after) this.#stored = before;
      throw error;
    }
    await this.#requireOurs();
  }

  /** @throws Error when somebody else may have our place */
  async #requireOurs(): Promise<void> {
    const { lock, file } = this.#requirePlace();
    if (!(await lock.isIntact())) throw new Error('its lock file was deleted, moved or replaced');
    const read = await file.read();
    const stored = read.status === 'found' ? JSON.stringify(read.value) : undefined;
    if (stored !== this.#stored) throw new Error('something else than our record is stored: the place is not ours');
  }

  #requirePlace(): Place {
    if (this.#place !== undefined) return this.#place;
    throw new Error('it is not open');
  }
}

/** Undefined also for a place that is spoilt: something else than a lock file is there. @throws as `FileLock.tryAcquire` */
function tryLock(path: string): FileLock | undefined {
  try {
    return FileLock.tryAcquire(path);
  } catch (error) {
    if (error instanceof FrondError && error.code === 'STORE_DAMAGED') return undefined;
    throw error;
  }
}
