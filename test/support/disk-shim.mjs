/**
 * `node --import disk-shim.mjs`: a disk that a test can spoil. The file FROND_TEST_DISK_FILE is read whenever a file or
 * directory is synced: a number delays that by so many milliseconds, an error code fails it, nothing leaves it as it is.
 */
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const handle = await open(process.env.FROND_TEST_DISK_FILE, 'r');
const prototype = Object.getPrototypeOf(handle);
await handle.close();
const realSync = prototype.sync;

prototype.sync = async function () {
  const order = readFileSync(process.env.FROND_TEST_DISK_FILE, 'utf8');
  if (/^\d+$/.test(order)) await delay(Number(order));
  else if (order !== '') throw Object.assign(new Error(`${order}: fsync`), { code: order, syscall: 'fsync' });
  return realSync.call(this);
};
