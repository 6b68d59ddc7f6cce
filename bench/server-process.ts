import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** As `npm start` has them. For the floor too, so that what is measured between the two is Frond's own. */
const FLAGS = ['--min-semi-space-size=16'];

/** As the kernel's scheduler counts, in nanoseconds; `stat` beside it counts in steps of 10 ms. */
function threadMicros(folder: string): number {
  return Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}

/** A server under measurement in a process of its own. */
export class ServerProcess {
  readonly name: string;
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(name: string, url: string, child: ChildProcess, directory: string) {
    this.name = name;
    this.url = url;
    this.#child = child;
    this.#directory = directory;
  }

  static async floor(): Promise<ServerProcess> {
    return ServerProcess.#spawn('bare node:http', [join(import.meta.dirname, 'floor-server.ts')], line =>
      /^\d+$/.test(line) ? `http://127.0.0.1:${line}` : undefined,
    );
  }

  /**
   * Frond as `npm start` runs it.
   * @param preloads modules that are loaded first
   */
  static async frond(
    env: Readonly<Record<string, string>> = {},
    preloads: readonly string[] = [],
  ): Promise<ServerProcess> {
    const cli = join(import.meta.dirname, '../src/cli.ts');
    const args = [...preloads.flatMap(path => ['--import', path]), cli, 'serve'];
    return ServerProcess.#spawn('frond', args, line => (JSON.parse(line) as { url?: string }).url, env);
  }

  static async #spawn(
    name: string,
    args: readonly string[],
    urlIn: (line: string) => string | undefined,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'frond-bench-'));
    const child = spawn(process.execPath, [...FLAGS, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, FROND_PORT: '0', FROND_DATA_DIR: directory, FROND_LOG_FORMAT: 'json', ...env },
    });
    for await (const line of createInterface(child.stdout!)) {
      const url = urlIn(line);
      if (url !== undefined) return new ServerProcess(name, url, child, directory);
    }
    throw new Error(`${name} ended before it listened`);
  }

  /** CPU time that all its threads have used so far, user and system, in microseconds. */
  cpuMicros(): number {
    const tasks = `/proc/${this.#child.pid}/task`;
    return readdirSync(tasks).reduce((sum, task) => sum + threadMicros(`${tasks}/${task}`), 0);
  }

  /** CPU time that its main thread, which runs the event loop, has used so far; microseconds. */
  loopMicros(): number {
    return threadMicros(`/proc/${this.#child.pid}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its memory now. */
  residentBytes(): number {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))![1]) * 1024;
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
