import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import type { MysqlServer } from './local-server.ts';
import { untilMysqlAnswers } from './mysql-ready.ts';
import { ServerProcess } from './server-process.ts';
import { ThrowAwayFolder } from './throw-away-folder.ts';

const run = promisify(execFile);
const AS_ROOT = process.getuid?.() === 0 ? ['--user=root'] : [];

/** A mariadbd child process on a free loopback port, with a throw-away data directory and a durable redo log. */
export class NativeMysql implements MysqlServer {
  readonly host = '127.0.0.1';
  port = 0;
  readonly #binary: string;
  #folder: ThrowAwayFolder | undefined;
  #process: ServerProcess | undefined;

  constructor(binary: string) {
    this.#binary = binary;
  }

  get url(): string {
    return `mysql://root@${this.host}:${this.port}`;
  }

  async start(): Promise<void> {
    this.#folder = new ThrowAwayFolder('mariadb');
    await this.#createData();
    this.port = await freePort();
    await this.restart();
  }

  async pause(): Promise<void> {
    await this.#process?.pause();
  }

  async resume(): Promise<void> {
    this.#process?.resume();
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async restart(): Promise<void> {
    await this.#process?.terminate();
    const child = new ServerProcess(this.#binary, this.#args(), join(this.#requireFolder(), 'server.log'));
    this.#process = child;
    await untilMysqlAnswers(this.url, () =>
      child.hasExited ? `mariadbd ended at its start:\n${child.logTail}` : undefined,
    );
  }

  async stop(): Promise<void> {
    // Nobody needs the data: no orderly shutdown.
    await this.#process?.kill();
    this.#folder?.remove();
  }

  async #createData(): Promise<void> {
    const program = join(dirname(this.#binary).replace(/sbin$/, 'bin'), 'mariadb-install-db');
    const args = [
      '--no-defaults',
      `--datadir=${this.#requireFolder()}/data`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...AS_ROOT,
    ];
    await run(program, args).catch(error => {
      throw new Error(`${program} failed:\n${error.stdout}${error.stderr}`, { cause: error });
    });
  }

  #args(): string[] {
    const folder = this.#requireFolder();
    return [
      '--no-defaults',
      `--datadir=${folder}/data`,
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
      '--bind-address=127.0.0.1',
      `--port=${this.port}`,
      '--innodb-buffer-pool-size=32M',
      '--innodb-log-file-size=16M',
      '--innodb-flush-log-at-trx-commit=1',
      '--performance-schema=OFF',
      ...AS_ROOT,
    ];
  }

  #requireFolder(): string {
    if (this.#folder === undefined) throw new Error('start() has not been called');
    return this.#folder.path;
  }
}
