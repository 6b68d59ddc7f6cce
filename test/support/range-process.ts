import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TakenRange } from '../../src/stores/range-store.ts';

/** A real process that takes ranges of 10 IDs from an SQLite store until it has enough or is killed. */
export class RangeProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #output = '';
  #errors = '';

  /**
   * @param count ranges to take; for ever when absent
   * @param fileLimit 512-byte blocks that a file may have, as on a disk that fills up; no limit when absent
   */
  constructor(path: string, tag: string, count = Number.POSITIVE_INFINITY, fileLimit?: number) {
    const main = join(import.meta.dirname, 'range-process-main.ts');
    const limit = fileLimit === undefined ? '' : `trap '' XFSZ; ulimit -f ${fileLimit}; `;
    const args = ['-c', `${limit}exec "$0" "$@"`, process.execPath, main, path, tag, String(count)];
    this.#child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exit = once(this.#child, 'close');
    this.#child.stdout!.setEncoding('utf8').on('data', text => {
      this.#output += text;
    });
    this.#child.stderr!.setEncoding('utf8').on('data', text => {
      this.#errors += text;
    });
  }

  /** The ranges that it told whole so far. */
  get ranges(): readonly TakenRange[] {
    const lines = this.#output.split('\n').slice(0, -1);
    return lines.map(line => {
      const [start, end] = line.split(' ');
      return { start: BigInt(start!), end: BigInt(end!) };
    });
  }

  get errors(): string {
    return this.#errors;
  }

  /** Resolves with the exit code when it has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#exit;
    return this.#child.exitCode;
  }

  /** kill -9, and waits until the kernel has buried it. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
