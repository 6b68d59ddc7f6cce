import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import type { MysqlServer } from './local-server.ts';
import { untilMysqlAnswers } from './mysql-ready.ts';

const run = promisify(execFile);
const FILE = fileURLToPath(new URL('compose.yaml', import.meta.url));
let projects = 0;

/** A container of `compose.yaml` in a Compose project of its own. */
export class DockerMysql implements MysqlServer {
  readonly host = '127.0.0.1';
  port = 0;
  readonly #project = `frond-test-${process.pid}-${++projects}`;
  readonly #removeNow = () => {
    spawnSync('docker', this.#args('down', '--volumes', '--timeout', '0'), { stdio: 'ignore', env: this.#env() });
  };

  get url(): string {
    return `mysql://root:frond@${this.host}:${this.port}`;
  }

  async start(): Promise<void> {
    this.port = await freePort();
    process.once('exit', this.#removeNow);
    await this.#compose('up', '--detach');
    await this.#untilReady();
  }

  async pause(): Promise<void> {
    await this.#compose('pause');
  }

  async resume(): Promise<void> {
    await this.#compose('unpause').catch(() => {});
  }

  async kill(): Promise<void> {
    await this.#compose('kill');
  }

  async restart(): Promise<void> {
    await this.resume();
    await this.#compose('restart', '--timeout', '10');
    await this.#untilReady();
  }

  async stop(): Promise<void> {
    await this.#compose('down', '--volumes', '--timeout', '0');
    process.removeListener('exit', this.#removeNow);
  }

  #untilReady(): Promise<void> {
    return untilMysqlAnswers(this.url, () => undefined);
  }

  #args(...args: string[]): string[] {
    return ['compose', '--file', FILE, '--project-name', this.#project, ...args];
  }

  #env(): NodeJS.ProcessEnv {
    return { ...process.env, FROND_TEST_MYSQL_PORT: String(this.port) };
  }

  async #compose(...args: string[]): Promise<void> {
    await run('docker', this.#args(...args), { env: this.#env() });
  }
}
