import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { FrondError, reasonOf } from '../../errors.ts';
import { syncDirectory } from '../../system/directory.ts';
import { randomHex } from '../../system/random.ts';
import type { DurableRecord, RecordRead } from '../durable-record.ts';

export interface FileRecordOptions<T> {
  readonly path: string;
  /** Checks what JSON.parse gave. @throws any error, whose message becomes the reason of `damaged` */
  readonly parse: (value: unknown) => T;
}

/** Far above any record of Frond; a larger file is not one of ours and is not read into memory. */
export const RECORD_MAX_BYTES = 65_536;

const HEAD = /^\{"crc32":"([0-9a-f]{8})","record":$/;
const HEAD_BYTES = '{"crc32":"00000000","record":'.length;
const TAIL = '}\n';

/**
 * One JSON value in one file, under a checksum: `{"crc32":"…","record":…}` and a newline, byte for byte as `write` made
 * it. JSON has no newline inside, so no shorter part of the file is ever valid.
 *
 * A write goes to `<path>.tmp`, is synced, renamed over the path, and the directory is synced: whatever happens
 * meanwhile, the path names the old or the new value whole. A `.tmp` that a dead writer left is overwritten by the
 * next write and never read. All I/O runs off the event loop. One process at a time may write a path.
 */
export class FileRecord<T> implements DurableRecord<T> {
  readonly name: string;
  readonly #path: string;
  readonly #parse: (value: unknown) => T;
  #writing = false;
  /** A write failed: the file may show a value whose name is not yet durable. */
  #unsettled = false;

  constructor(options: FileRecordOptions<T>) {
    this.#path = resolve(options.path);
    this.#parse = options.parse;
    this.name = this.#path;
  }

  /** After a failed `write`, what it reads is made durable first: the caller may build on it. */
  async read(): Promise<RecordRead<T>> {
    if (this.#unsettled) await syncDirectory(dirname(this.#path));
    const bytes = await readBounded(this.#path);
    if (bytes === undefined) return { status: 'absent' };
    try {
      return { status: 'found', value: this.#parse(decode(bytes)) };
    } catch (error) {
      return { status: 'damaged', reason: reasonOf(error).replace(/\s+/g, ' ') };
    }
  }

  /** @throws the I/O error, the outcome being unknown; FrondError SLOT_STORE_UNAVAILABLE while another write runs */
  async write(value: T): Promise<void> {
    if (this.#writing) {
      throw new FrondError('SLOT_STORE_UNAVAILABLE', { store: this.name, reason: 'its last write has not ended' });
    }
    const bytes = encode(value);
    this.#writing = true;
    this.#unsettled = true;
    try {
      const temporary = `${this.#path}.tmp`;
      await writeSynced(temporary, bytes);
      await rename(temporary, this.#path);
      await syncDirectory(dirname(this.#path));
      this.#unsettled = false;
    } finally {
      this.#writing = false;
    }
  }

  /**
   * Writes the record only where there is none yet, atomically among any number of processes: false when there is one.
   * @throws the I/O error, also where the filesystem has no hard links
   */
  async create(value: T): Promise<boolean> {
    const temporary = `${this.#path}.${randomHex(8)}.tmp`;
    await writeSynced(temporary, encode(value));
    try {
      await link(temporary, this.#path);
    } catch (error) {
      // ENOENT: somebody tidied the draft away, which is allowed once the record exists.
      if (!['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return false;
    } finally {
      await unlink(temporary).catch(() => {});
    }
    await syncDirectory(dirname(this.#path));
    return true;
  }
}

function encode(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  const head = `{"crc32":"${crc32(text).toString(16).padStart(8, '0')}","record":`;
  const bytes = Buffer.concat([Buffer.from(head), text, Buffer.from(TAIL)]);
  if (bytes.length <= RECORD_MAX_BYTES) return bytes;
  throw new FrondError('INTERNAL', { reason: `a record of ${bytes.length} bytes (limit ${RECORD_MAX_BYTES})` });
}

/** @throws Error that says what is wrong with the bytes */
function decode(bytes: Buffer): unknown {
  if (bytes.length > RECORD_MAX_BYTES) throw new Error(`it is larger than ${RECORD_MAX_BYTES} bytes`);
  const head = HEAD.exec(bytes.toString('latin1', 0, HEAD_BYTES));
  const tail = bytes.toString('latin1', bytes.length - TAIL.length);
  if (head === null || tail !== TAIL) throw new Error(`its ${bytes.length} bytes are not a whole record`);
  const text = bytes.subarray(HEAD_BYTES, bytes.length - TAIL.length);
  const sum = crc32(text).toString(16).padStart(8, '0');
  if (sum !== head[1]) throw new Error(`its checksum is ${sum} but it says ${head[1]}`);
  return JSON.parse(text.toString('utf8'));
}

/** At most one byte more than a record may have; undefined when there is no file. */
async function readBounded(path: string): Promise<Buffer | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stats = await file.stat();
    // Anything that is not a file reads as an empty one, which is damaged.
    const size = stats.isFile() ? Math.min(stats.size, RECORD_MAX_BYTES + 1) : 0;
    const bytes = Buffer.alloc(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
