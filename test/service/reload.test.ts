import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Reloader } from '../../src/service/reload.ts';
import { systemTimers } from '../../src/system/timers.ts';
import { VirtualSystem } from '../support/virtual-system.ts';
import { waitUntil } from '../support/wait-until.ts';

let directory: string;
let path: string;
let inUse: string;
let reloader: Reloader;
const { logger, logs } = new VirtualSystem();

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'frond-reload-'));
  path = join(directory, 'tokens');
  writeFileSync(path, 'first');
  inUse = 'first';
  logs.length = 0;
  const item = {
    what: 'tokens',
    paths: [path],
    async reload() {
      const text = await readFile(path, 'utf8');
      if (text === 'bad') throw new Error('unreadable');
      inUse = text;
    },
  };
  reloader = new Reloader([item], { timers: systemTimers, logger }, 5);
  await reloader.start();
});

afterEach(() => {
  reloader.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('a file that is replaced while the service runs', () => {
  it('is read anew without a signal, once for each change', async () => {
    writeFileSync(`${path}.new`, 'second');
    renameSync(`${path}.new`, path);
    await waitUntil('the new content', () => inUse === 'second');
    writeFileSync(path, 'third, of another size');
    await waitUntil('the next content', () => inUse === 'third, of another size');
    expect(reloader.counts.taken).toBeLessThanOrEqual(3);
  });

  it('keeps what is in use while it cannot be read or understood', async () => {
    writeFileSync(path, 'bad');
    await waitUntil('the refusal', () => reloader.counts.refused === 1);
    expect(logs.at(-1)).toMatchObject({ level: 'error', message: expect.stringContaining('unreadable') });
    rmSync(path);
    await waitUntil('the second refusal', () => reloader.counts.refused === 2);
    expect(inUse).toBe('first');
    writeFileSync(path, 'good again');
    await waitUntil('the good content', () => inUse === 'good again');
  });

  it('is in use as it was read last, though an earlier reading takes longer', async () => {
    const used: string[] = [];
    const contents = ['first', 'second'];
    let end = () => {};
    const slow = new Promise<void>(resolve => {
      end = resolve;
    });
    const item = {
      what: 'tokens',
      paths: [],
      async reload() {
        const content = contents.shift()!;
        if (content === 'first') await slow;
        used.push(content);
      },
    };
    const twice = new Reloader([item], { timers: systemTimers, logger });
    const both = [twice.reloadAll(), twice.reloadAll()];
    // Without files nothing but promises is waited for, and they are all done by then.
    await new Promise(resolve => setImmediate(resolve));
    end();
    await Promise.all(both);
    expect(used).toEqual(['first', 'second']);
  });

  it('is read when told to, changed or not', async () => {
    await reloader.reloadAll();
    expect(reloader.counts).toEqual({ taken: 1, refused: 0 });
  });
});
