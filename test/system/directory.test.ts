import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDirectory } from '../../src/system/directory.ts';

describe('makeDirectory', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'frond-directory-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('creates all that is missing, and leaves what is there', async () => {
    const path = join(root, 'a/b/c');
    await makeDirectory(path);
    await makeDirectory(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('works when several callers make the same path at once', async () => {
    const path = join(root, 'a/b/c');
    await Promise.all(Array.from({ length: 10 }, () => makeDirectory(path)));
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('refuses where a file is in the way', async () => {
    writeFileSync(join(root, 'file'), '');
    await expect(makeDirectory(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeDirectory(join(root, 'file/a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(process.platform === 'linux')('ends where the parent exists and nothing can be made in it', async () => {
    await expect(makeDirectory('/proc/frond/a')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
