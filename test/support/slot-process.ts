import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Commands } from './slot-process-main.ts';

/** A real process that locks, claims and writes on command, and dies as the test says. */
export class SlotProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;

  constructor() {
    this.#child = fork(join(import.meta.dirname, 'slot-process-main.ts'), { execArgv: ['--expose-gc'] });
    this.#exit = once(this.#child, 'exit');
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** One command at a time. */
  async ask<C extends keyof Commands>(
    command: C,
    ...args: Parameters<Commands[C]>
  ): Promise<Awaited<ReturnType<Commands[C]>>> {
    const answered = once(this.#child, 'message');
    this.#child.send({ command, args });
    const died = this.#exit.then(() => Promise.reject(new Error(`process ${this.pid} died during ${command}`)));
    const [answer] = await Promise.race([answered, died]);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result;
  }

  /** Starts `count` and kills the process once it has told `durable` numbers; the last number that it told. */
  async countAndDie(path: string, durable: number): Promise<number> {
    let last = 0;
    this.#child.on('message', (message: { counted: number }) => {
      last = message.counted;
      if (last === durable) this.#child.kill('SIGKILL');
    });
    this.#child.send({ command: 'count', args: [path] });
    await this.#exit;
    return last;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.pid, name);
  }

  /** kill -9, and waits until the kernel has buried it. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
