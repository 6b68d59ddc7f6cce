import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';

/** Runs the command so that the kernel kills it when its parent dies, be it by SIGKILL (util-linux, where present). */
const SETPRIV = '/usr/bin/setpriv';
const STOP_GRACE_MS = 10_000;

/** A server as a child process, controlled by signals. It never outlives the process that launched it. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #killNow = () => this.#child.kill('SIGKILL');

  /** @param logFile receives standard output and error, appended */
  constructor(command: string, args: readonly string[], logFile: string, env: NodeJS.ProcessEnv = process.env) {
    const log = openSync(logFile, 'a');
    this.#logFile = logFile;
    const [program, ...rest] = existsSync(SETPRIV)
      ? [SETPRIV, '--pdeathsig', 'KILL', '--', command, ...args]
      : [command, ...args];
    this.#child = spawn(program!, rest, { stdio: ['ignore', log, log], env });
    this.#child.on('error', () => {});
    process.once('exit', this.#killNow);
    this.#child.once('exit', () => process.removeListener('exit', this.#killNow));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasExited(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The last lines that the server wrote, for error texts. */
  get logTail(): string {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  }

  /** Resolves when it is seen to be stopped: a signal takes effect when the kernel gets to it. */
  async pause(): Promise<void> {
    this.#child.kill('SIGSTOP');
    while (this.pid !== undefined && !this.hasExited && !isStopped(this.pid)) {
      await new Promise(resolve => setImmediate(resolve));
    }
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.hasExited) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  /** Asks it to end, also when it is paused; kills it when it does not. */
  async terminate(): Promise<void> {
    if (this.hasExited) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    this.#child.kill('SIGCONT');
    const impatience = setTimeout(this.#killNow, STOP_GRACE_MS);
    await exit;
    clearTimeout(impatience);
  }
}

function isStopped(pid: number): boolean {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop() ?? '';
    return afterName.startsWith('T');
  } catch {
    return true;
  }
}
