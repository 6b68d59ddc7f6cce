import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogLine } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

/** npm, its shell and several processes start slowly on a busy machine. */
const LIMIT_MS = 120_000;

/** `npm start` as a terminal runs it: in a process group of its own. */
class NpmStart {
  readonly directory = mkdtempSync(join(tmpdir(), 'frond-npm-start-'));
  readonly log: LogLine[] = [];
  readonly #npm: ChildProcess;

  constructor(env: Record<string, string>) {
    this.#npm = spawn('npm', ['start'], {
      cwd: join(import.meta.dirname, '../..'),
      detached: true,
      env: {
        PATH: process.env['PATH'] ?? '',
        FROND_PORT: '0',
        FROND_DATA_DIR: join(this.directory, 'data'),
        FROND_LOG_FORMAT: 'json',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    createInterface(this.#npm.stdout!).on('line', line => {
      if (line.startsWith('{')) this.log.push(JSON.parse(line) as LogLine);
    });
  }

  get exitCode(): number | null {
    return this.#npm.exitCode;
  }

  get hasEnded(): boolean {
    return this.exitCode !== null || this.#npm.signalCode !== null;
  }

  said(text: string): LogLine[] {
    return this.log.filter(({ msg }) => msg.startsWith(text));
  }

  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.#npm.pid!, signal);
  }

  async get(path: string): Promise<number> {
    const url = await waitUntil('it to listen', () => this.log.find(({ msg }) => msg === 'listening')?.url, 60_000);
    return (await fetch(`${url}${path}`, { headers: { connection: 'close' } })).status;
  }

  remove(): void {
    // The group is there as long as anybody is in it.
    try {
      this.signalGroup('SIGKILL');
    } catch {}
    rmSync(this.directory, { recursive: true, force: true });
  }
}

describe('Ctrl-C on npm start, which its whole process group gets and npm passes on', { timeout: LIMIT_MS }, () => {
  let started: NpmStart;
  afterEach(() => started.remove());

  it.each([
    ['one process', 1, 'started'],
    ['several', 2, 'all processes started'],
  ] as const)('stops %s in order, also when it comes twice', async (_title, processes, ready) => {
    started = new NpmStart({ FROND_PROCESSES: String(processes), FROND_DRAIN_MS: '700' });
    await waitUntil('the start', () => started.said(ready).length > 0, 60_000);
    expect(await started.get('/id/segment/demo')).toBe(200);
    started.signalGroup('SIGINT');
    await waitUntil('the stop to begin', () => started.said('stopping;').length > 0);
    started.signalGroup('SIGINT');
    await waitUntil('the end', () => started.hasEnded, 60_000);
    expect(started.exitCode).toBe(0);
    await waitUntil('the last line', () => started.said('stopped').length === processes);
    expect(started.said('unused IDs were given back')).toHaveLength(1);
    expect(started.log.filter(({ level }) => level > 30)).toEqual([]);
  });
});
