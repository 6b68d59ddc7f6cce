import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileLock } from '../../src/system/file-lock.ts';
import { SlotProcess } from '../support/slot-process.ts';
import { waitUntil } from '../support/wait-until.ts';

const LOCKING_THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.module).then(({ FileLock }) => {
    const lock = FileLock.tryAcquire(workerData.path);
    parentPort.postMessage(lock !== undefined);
    parentPort.on('message', () => lock?.release());
  });
`;

describe('FileLock', () => {
  let directory: string;
  let path: string;
  let processes: SlotProcess[];
  const locks: (FileLock | undefined)[] = [];
  const threads: Worker[] = [];

  const startProcess = () => {
    const process = new SlotProcess();
    processes.push(process);
    return process;
  };
  const acquire = (file = path) => {
    const lock = FileLock.tryAcquire(file);
    locks.push(lock);
    return lock;
  };
  /** A worker thread that tried to lock the path, and whether it could. */
  const lockInThread = async () => {
    const module = new URL('../../src/system/file-lock.ts', import.meta.url).href;
    const thread = new Worker(LOCKING_THREAD, { eval: true, execArgv: [], workerData: { module, path } });
    threads.push(thread);
    const acquired = await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
    return { thread, acquired };
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'frond-lock-'));
    path = join(directory, 'slot.lock');
    processes = [];
  });

  afterEach(async () => {
    for (const lock of locks.splice(0)) lock?.release();
    await Promise.all([...threads.splice(0).map(thread => thread.terminate()), ...processes.map(each => each.kill())]);
    rmSync(directory, { recursive: true });
  });

  describe('between handles of one thread', () => {
    it('is exclusive, and free again after release', () => {
      const lock = acquire();
      expect(lock?.isHeld).toBe(true);
      expect(acquire()).toBeUndefined();
      lock?.release();
      expect(lock?.isHeld).toBe(false);
      expect(acquire()?.isHeld).toBe(true);
    });

    it('sees through another spelling of the path and through a symbolic link to the directory', () => {
      acquire();
      symlinkSync(directory, join(directory, 'link'));
      expect(acquire(join(directory, '.', 'link', 'slot.lock'))).toBeUndefined();
    });

    it('can be released twice without hurting the next holder', () => {
      const first = acquire();
      first?.release();
      const second = acquire();
      first?.release();
      expect(second?.isHeld).toBe(true);
      expect(acquire()).toBeUndefined();
    });

    it('leaves an empty file, and no other file, while held and after', () => {
      const lock = acquire();
      expect(readdirSync(directory)).toEqual(['slot.lock']);
      lock?.release();
      expect(readdirSync(directory)).toEqual(['slot.lock']);
      expect(statSync(path).size).toBe(0);
    });
  });

  describe('between processes', () => {
    it('is refused to another process until it is released', async () => {
      const lock = acquire();
      const other = startProcess();
      expect(await other.ask('lock', path)).toBe(false);
      lock?.release();
      expect(await other.ask('lock', path)).toBe(true);
      expect(acquire()).toBeUndefined();
      await other.ask('unlock');
      expect(acquire()?.isHeld).toBe(true);
    });

    it('ends with kill -9 of its holder', async () => {
      const holder = startProcess();
      expect(await holder.ask('lock', path)).toBe(true);
      expect(acquire()).toBeUndefined();
      await holder.kill();
      expect(acquire()?.isHeld).toBe(true);
    });

    it('stays with a holder that is stopped, and with it when it goes on', async () => {
      const holder = startProcess();
      expect(await holder.ask('lock', path)).toBe(true);
      holder.signal('SIGSTOP');
      await waitUntil('the holder to stop', () => / T /.test(readFileSync(`/proc/${holder.pid}/stat`, 'utf8')));
      expect(acquire()).toBeUndefined();
      holder.signal('SIGCONT');
      expect(await startProcess().ask('lock', path)).toBe(false);
      await holder.ask('unlock');
      expect(acquire()?.isHeld).toBe(true);
    });

    it('survives refused attempts from inside its own process', async () => {
      acquire();
      expect(acquire()).toBeUndefined();
      expect((await lockInThread()).acquired).toBe(false);
      expect(await startProcess().ask('lock', path)).toBe(false);
    });

    it('does not end because its holder forgot it', async () => {
      const holder = startProcess();
      expect(await holder.ask('lockAndForget', path)).toBe(true);
      expect(acquire()).toBeUndefined();
    });

    it('has exactly one winner among rivals that try at the same time', async () => {
      const rivals = Array.from({ length: 6 }, startProcess);
      for (let round = 0; round < 30; round++) {
        const file = join(directory, `round-${round % 3}.lock`);
        const won = await Promise.all(rivals.map(rival => rival.ask('lock', file)));
        expect(won.filter(Boolean).length).toBe(1);
        await Promise.all(rivals.map(rival => rival.ask('unlock')));
      }
    });
  });

  describe('between worker threads', () => {
    it('is refused to another thread of the process', async () => {
      acquire();
      expect((await lockInThread()).acquired).toBe(false);
    });

    it('ends with the thread that holds it', async () => {
      const { thread, acquired } = await lockInThread();
      expect(acquired).toBe(true);
      expect(acquire()).toBeUndefined();
      await thread.terminate();
      expect(acquire()?.isHeld).toBe(true);
    });
  });

  describe('the file under the lock', () => {
    it('is intact while nothing touches it, and not after release', async () => {
      const lock = acquire();
      expect(await lock?.isIntact()).toBe(true);
      lock?.release();
      expect(await lock?.isIntact()).toBe(false);
    });

    it('is not intact once it was deleted, replaced or moved away with its directory', async () => {
      const deleted = acquire(join(directory, 'deleted.lock'));
      rmSync(join(directory, 'deleted.lock'));
      expect(await deleted?.isIntact()).toBe(false);

      const replaced = acquire(join(directory, 'replaced.lock'));
      writeFileSync(join(directory, 'other'), '');
      renameSync(join(directory, 'other'), join(directory, 'replaced.lock'));
      expect(await replaced?.isIntact()).toBe(false);

      const moved = acquire();
      renameSync(directory, `${directory}-moved`);
      expect(await moved?.isIntact()).toBe(false);
      renameSync(`${directory}-moved`, directory);
      expect(await moved?.isIntact()).toBe(true);
    });

    it('keeps its identity from holder to holder', () => {
      const first = acquire();
      first?.release();
      expect(acquire()?.identity).toEqual(first?.identity);
      expect(first?.identity.inode).toBe(String(statSync(path).ino));
    });

    it.each([
      ['one byte', 'x'],
      ['text', 'pid 4711\n'.repeat(500)],
    ])('is refused with STORE_DAMAGED when it holds %s, and left as it is', (_, content) => {
      writeFileSync(path, content);
      expect(() => acquire()).toThrow(expect.objectContaining({ code: 'STORE_DAMAGED' }));
      expect(() => acquire()).toThrow(`it holds ${content.length} bytes`);
      expect(readFileSync(path, 'utf8')).toBe(content);
    });

    it('is refused with STORE_DAMAGED when it is a database, a directory or a symbolic link', () => {
      const database = new DatabaseSync(path);
      database.exec('create table t (a)');
      database.close();
      expect(() => acquire()).toThrow(expect.objectContaining({ code: 'STORE_DAMAGED' }));
      expect(() => acquire(directory)).toThrow('it is not a regular file');
      symlinkSync(join(directory, 'elsewhere'), join(directory, 'link.lock'));
      expect(() => acquire(join(directory, 'link.lock'))).toThrow('it is not a regular file');
    });

    it('says SLOT_STORE_UNAVAILABLE when there is no directory for it', () => {
      const missing = join(directory, 'missing', 'slot.lock');
      expect(() => acquire(missing)).toThrow(expect.objectContaining({ code: 'SLOT_STORE_UNAVAILABLE' }));
      expect(() => acquire(missing)).toThrow(missing);
    });
  });
});
