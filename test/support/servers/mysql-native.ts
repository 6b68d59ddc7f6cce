import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { MysqlServer } from './local-server.ts';
import { untilMysqlAnswers } from './mysql-ready.ts';
import { NativeServer } from './native-server.ts';

const run = promisify(execFile);
const AS_ROOT = process.getuid?.() === 0 ? ['--user=root'] : [];

/** A mariadbd with a durable redo log. */
export class NativeMysql extends NativeServer implements MysqlServer {
  readonly #binary: string;
  readonly #extraArgs: readonly string[];

  constructor(binary: string, extraArgs: readonly string[] = []) {
    super('mariadb', binary);
    this.#binary = binary;
    this.#extraArgs = extraArgs;
  }

  get url(): string {
    return `mysql://root@${this.host}:${this.port}`;
  }

  protected async prepare(folder: string): Promise<void> {
    const program = join(dirname(this.#binary).replace(/sbin$/, 'bin'), 'mariadb-install-db');
    const args = [
      '--no-defaults',
      `--datadir=${folder}/data`,
      // Not /tmp: a server that starts removes the temporary tables of others there.
      `--tmpdir=${folder}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...AS_ROOT,
    ];
    await run(program, args).catch(error => {
      throw new Error(`${program} failed:\n${error.stdout}${error.stderr}`, { cause: error });
    });
  }

  protected args(folder: string): readonly string[] {
    return [
      '--no-defaults',
      `--datadir=${folder}/data`,
      `--tmpdir=${folder}`,
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
      '--bind-address=127.0.0.1',
      `--port=${this.port}`,
      '--innodb-buffer-pool-size=32M',
      '--innodb-log-file-size=16M',
      '--innodb-flush-log-at-trx-commit=1',
      '--performance-schema=OFF',
      ...this.#extraArgs,
      ...AS_ROOT,
    ];
  }

  protected untilReady(obituary: () => string | undefined): Promise<void> {
    return untilMysqlAnswers(this.url, obituary);
  }
}
