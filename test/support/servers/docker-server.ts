import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import type { LocalServer } from './local-server.ts';

const run = promisify(execFile);
let projects = 0;

/** One run of a Compose file that stands beside this one, on ports of its own. */
export class ComposeProject {
  readonly #name: string;
  readonly #file: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #portVariables: readonly string[];
  #up: Promise<void> | undefined;
  #down: Promise<void> | undefined;
  readonly #removeNow = () => {
    spawnSync('docker', this.#args('down', '--volumes', '--timeout', '0'), { stdio: 'ignore', env: this.#env });
  };

  /**
   * @param portVariables what the file calls the ports on this host
   * @param variables for the file
   */
  constructor(file: string, portVariables: readonly string[], variables: Record<string, string> = {}) {
    this.#name = `frond-test-${process.pid}-${++projects}`;
    this.#file = fileURLToPath(new URL(file, import.meta.url));
    this.#portVariables = portVariables;
    this.#env = { ...process.env, ...variables };
  }

  /** Starts every container of the file; the first call counts. */
  up(): Promise<void> {
    this.#up ??= this.#start();
    return this.#up;
  }

  /** Valid after `up`. */
  port(variable: string): number {
    return Number(this.#env[variable]);
  }

  async compose(...args: string[]): Promise<void> {
    await run('docker', this.#args(...args), { env: this.#env });
  }

  /** Removes every container and its data; the first call counts. */
  down(): Promise<void> {
    this.#down ??= this.#remove();
    return this.#down;
  }

  async #remove(): Promise<void> {
    await this.compose('down', '--volumes', '--timeout', '0');
    process.removeListener('exit', this.#removeNow);
  }

  async #start(): Promise<void> {
    for (const variable of this.#portVariables) this.#env[variable] = String(await freePort());
    process.once('exit', this.#removeNow);
    await this.compose('up', '--detach');
  }

  #args(...args: string[]): string[] {
    return ['compose', '--file', this.#file, '--project-name', this.#name, ...args];
  }
}

/** The container of one service of a Compose project. `stop` removes the whole project. */
export abstract class DockerServer implements LocalServer {
  readonly host = '127.0.0.1';
  port = 0;
  readonly #project: ComposeProject;
  readonly #service: string;
  readonly #portVariable: string;

  protected constructor(project: ComposeProject, service: string, portVariable: string) {
    this.#project = project;
    this.#service = service;
    this.#portVariable = portVariable;
  }

  async start(): Promise<void> {
    await this.#project.up();
    this.port = this.#project.port(this.#portVariable);
    await this.untilReady();
  }

  async pause(): Promise<void> {
    await this.#project.compose('pause', this.#service);
  }

  async resume(): Promise<void> {
    await this.#project.compose('unpause', this.#service).catch(() => {});
  }

  async kill(): Promise<void> {
    await this.#project.compose('kill', this.#service);
  }

  async restart(): Promise<void> {
    await this.resume();
    await this.#project.compose('restart', '--timeout', '10', this.#service);
    await this.untilReady();
  }

  async stop(): Promise<void> {
    await this.#project.down();
  }

  /** Resolves when the server answers. */
  protected abstract untilReady(): Promise<void>;
}
