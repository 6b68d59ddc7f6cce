/**
 * `node --import slow-fsync.ts`: every FileHandle.sync takes BENCH_FSYNC_MS longer, as on a slow disk: a thread of
 * the pool sleeps in the kernel meanwhile. It reads from a named pipe, into which a timer puts a byte when the time is
 * over; a fsync that sleeps in JavaScript would leave the pool's threads free.
 */
import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const extraMs = Number(process.env['BENCH_FSYNC_MS']);
const directory = mkdtempSync(join(tmpdir(), 'frond-fsync-'));
const path = join(directory, 'pipe');
execFileSync('mkfifo', [path]);
// Opened for both directions, so that neither end waits for the other.
const pipe = await open(path, constants.O_RDWR);
const writer = openSync(path, constants.O_RDWR);
rmSync(directory, { recursive: true });

const prototype = Object.getPrototypeOf(pipe) as FileHandle;
const realSync = prototype.sync;
const byte = Buffer.alloc(1);

prototype.sync = async function (this: FileHandle) {
  setTimeout(() => writeSync(writer, byte), extraMs);
  await pipe.read(Buffer.alloc(1), 0, 1, null);
  await realSync.call(this);
};
