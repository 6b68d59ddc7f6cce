import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes the names in a directory durable: without it a created or renamed file can be gone after a power loss although
 * its content was synced (fsync(2)). Windows has no such call and keeps names in its journal.
 */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * Creates a directory with its parents, durably; one that exists is left as it is. Not by Node's own recursive mkdir,
 * which never ends where the parent exists and still nothing can be made in it (/proc).
 * @throws the I/O error
 */
export async function makeDirectory(path: string): Promise<void> {
  const absolute = resolve(path);
  const parent = dirname(absolute);
  if (await madeOne(absolute, absolute !== parent)) return;
  await makeDirectory(parent);
  await madeOne(absolute, false);
}

/** False when the parent is missing and that is no error. */
async function madeOne(absolute: string, parentMayMiss: boolean): Promise<boolean> {
  try {
    await mkdir(absolute);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && parentMayMiss) return false;
    // Something else than EEXIST, such as EROFS, is also what an existing directory may get.
    const isThere = await stat(absolute).then(
      found => found.isDirectory(),
      () => false,
    );
    if (isThere) return true;
    throw error;
  }
  await syncDirectory(dirname(absolute));
  return true;
}
