import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { LocalServer } from './local-server.ts';
import { ServerProcess } from './server-process.ts';
import { ThrowAwayFolder } from './throw-away-folder.ts';

/** A server as a child process on a free loopback port, with a throw-away folder for its data. */
export abstract class NativeServer implements LocalServer {
  readonly host = '127.0.0.1';
  port = 0;
  readonly #kind: string;
  readonly #command: string;
  #folder: ThrowAwayFolder | undefined;
  #process: ServerProcess | undefined;

  /** @param kind of server, lower-case letters */
  protected constructor(kind: string, command: string) {
    this.#kind = kind;
    this.#command = command;
  }

  async start(): Promise<void> {
    this.#folder = new ThrowAwayFolder(this.#kind);
    this.port = await freePort();
    await this.prepare(this.#folder.path);
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
    if (this.#folder === undefined) throw new Error('start() has not been called');
    const { path } = this.#folder;
    await this.#process?.terminate();
    const child = new ServerProcess(this.#command, this.args(path), join(path, 'server.log'));
    this.#process = child;
    await this.untilReady(() => (child.hasExited ? `${this.#kind} ended at its start:\n${child.logTail}` : undefined));
  }

  async stop(): Promise<void> {
    // Nobody needs the data: no orderly shutdown.
    await this.#process?.kill();
    this.#folder?.remove();
  }

  /** Makes what the first start needs; the port is chosen. */
  protected abstract prepare(folder: string): void | Promise<void>;
  protected abstract args(folder: string): readonly string[];
  /** Resolves when the server answers. @param obituary text as soon as the process is known to be dead */
  protected abstract untilReady(obituary: () => string | undefined): Promise<void>;
}
