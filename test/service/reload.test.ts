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
const { logger, logs, random } = new VirtualSystem();

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
  reloader = new Reloader([item], { timers: systemTimers, logger, random }, 5);
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
    const twice = new Reloader([item], { timers: systemTimers, logger, random });
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

describe('a reload that is refused', () => {
  let system: VirtualSystem;
  /** What is wrong with what would be read. */
  let problem: string | undefined;
  let readings: number;
  let patient: Reloader;

  beforeEach(() => {
    system = new VirtualSystem();
    problem = 'half written';
    readings = 0;
    const item = {
      what: 'tokens',
      paths: [],
      async reload() {
        readings += 1;
        if (problem !== undefined) throw new Error(problem);
      },
    };
    patient = new Reloader([item], system);
  });
  afterEach(() => patient.stop());

  it('is tried again without any further sign, ever more rarely, until it is taken', async () => {
    await patient.reloadAll();
    await system.advance(1000);
    expect(readings).toBe(2);
    await system.advance(3_600_000);
    expect(readings).toBeGreaterThan(60);
    expect(readings).toBeLessThan(2 * 60 + 10);
    problem = undefined;
    await system.advance(60_000);
    expect(patient.counts).toEqual({ taken: 1, refused: 1 });
    expect(system.logs.at(-1)).toMatchObject({ level: 'info', message: 'tokens read anew' });
    expect(system.pendingTimers).toBe(0);
  });

  it('is told once, and again only when something else is wrong', async () => {
    await patient.reloadAll();
    await system.advance(600_000);
    problem = 'no JSON';
    await system.advance(600_000);
    problem = 'half written';
    await system.advance(600_000);
    expect(system.logs.map(({ message }) => message)).toEqual(
      ['half written', 'no JSON', 'half written'].map(reason => `tokens not taken, the old stay in use: ${reason}`),
    );
    expect(patient.counts).toEqual({ taken: 0, refused: 3 });
  });

  it('is told again to an operator who asks again, and is then tried as soon as at first', async () => {
    await patient.reloadAll();
    await system.advance(3_600_000);
    await patient.reloadAll();
    expect(system.logged('error')).toHaveLength(2);
    const before = readings;
    await system.advance(1000);
    expect(readings).toBe(before + 1);
  });

  it('is tried no more after a stop', async () => {
    await patient.reloadAll();
    patient.stop();
    expect(system.pendingTimers).toBe(0);
    const late = new Reloader([{ what: 'tokens', paths: [], reload: () => Promise.reject(new Error('x')) }], system);
    late.stop();
    await late.reloadAll();
    expect(system.pendingTimers).toBe(0);
  });

  it('is not tried again when it was taken meanwhile', async () => {
    await patient.reloadAll();
    problem = undefined;
    await patient.reloadAll();
    await system.advance(600_000);
    expect(readings).toBe(2);
  });
});
