import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import type { ZookeeperServer } from './local-server.ts';
import { untilZookeeperAnswers } from './zookeeper-ready.ts';

const run = promisify(execFile);
const FILE = fileURLToPath(new URL('zookeeper-compose.yaml', import.meta.url));
let projects = 0;

/** A container of `zookeeper-compose.yaml` in a Compose project of its own. */
export class DockerZookeeper implements ZookeeperServer {
  readonly host = '127.0.0.1';
  port = 0;
  readonly #project = `frond-test-zk-${process.pid}-${++projects}`;
  readonly #removeNow = () => {
    spawnSync('docker', this.#args('down', '--volumes', '--timeout', '0'), { stdio: 'ignore', env: this.#env() });
  };

  get url(): string {
    return `zookeeper://${this.host}:${this.port}`;
  }

  async start(): Promise<void> {
    this.port = await freePort();
    process.once('exit', this.#removeNow);
    await this.#compose('up', '--detach');
    await untilZookeeperAnswers(this.url, () => undefined);
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
    await untilZookeeperAnswers(this.url, () => undefined);
  }

  async stop(): Promise<void> {
    await this.#compose('down', '--volumes', '--timeout', '0');
    process.removeListener('exit', this.#removeNow);
  }

  #args(...args: string[]): string[] {
    return ['compose', '--file', FILE, '--project-name', this.#project, ...args];
  }

  #env(): NodeJS.ProcessEnv {
    return { ...process.env, FROND_TEST_ZOOKEEPER_PORT: String(this.port) };
  }

  async #compose(...args: string[]): Promise<void> {
    await run('docker', this.#args(...args), { env: this.#env() });
  }
}
