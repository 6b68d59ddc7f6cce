import cluster from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { FrondError } from '../../errors.ts';
import type { Timers } from '../../system/timers.ts';
import type { Question, ToChild, ToParent } from './messages.ts';
import { startProblemOf } from './start-failure.ts';

/** How often a process tells that it lives. */
const BEAT_MS = 250;
/** A parent that takes longer than this to answer hangs. */
const ASK_MS = 1000;

/** What the parent may want of a process. */
export interface LinkHandlers {
  /** @param drain false when the parent is gone: its successor may want the port at once */
  stop(drain: boolean): void;
  reload(): void;
  shed(connections: number): void;
  openConnections(): Promise<number>;
  collect(question: Question): Promise<unknown>;
}

/** One of several processes' connection to its parent. */
export class ParentLink {
  readonly index: number;
  readonly #timers: Timers;
  readonly #asks = new Map<number, (value: unknown) => void>();
  #handlers: LinkHandlers | undefined;
  #lastId = 0;

  /** @throws FrondError INVALID_CONFIG when there is no parent */
  constructor(index: number, timers: Timers) {
    const { worker } = cluster;
    if (worker === undefined) {
      throw new FrondError('INVALID_CONFIG', {
        setting: '--process',
        problem: 'only the parent of processes gives it',
      });
    }
    this.index = index;
    this.#timers = timers;
    // Otherwise node:cluster ends this process in the middle of its answers when the parent is gone.
    worker.exitedAfterDisconnect = true;
    process.on('message', message => this.#onMessage(message as ToChild));
    process.on('disconnect', () => this.#stop(false));
    this.#send({ kind: 'here' });
  }

  /** Begins to do as the parent says. */
  attach(handlers: LinkHandlers): void {
    this.#handlers = handlers;
  }

  /** Requests are answered from now on. */
  listening(address: AddressInfo): void {
    this.#send({ kind: 'listening', address });
    this.#beat();
  }

  started(): void {
    this.#send({ kind: 'started' });
  }

  /** Resolves when the parent has been told why the start failed. */
  failed(error: unknown): Promise<void> {
    const problem = startProblemOf(error);
    return new Promise(resolve => this.#send({ kind: 'failed', problem }, resolve));
  }

  /** What the parent gathers from all processes. @throws FrondError PARENT_SILENT */
  ask(question: Question): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const cancel = this.#timers.background(ASK_MS, () => {
        this.#asks.delete(id);
        reject(new FrondError('PARENT_SILENT', { topic: question.topic, waitedMs: ASK_MS }, { retryAfterMs: ASK_MS }));
      });
      this.#asks.set(id, value => {
        cancel();
        this.#asks.delete(id);
        resolve(value);
      });
      this.#send({ kind: 'ask', id, question });
    });
  }

  #onMessage(message: ToChild): void {
    const handlers = this.#handlers;
    if (message.kind === 'stop') this.#stop(true);
    else if (message.kind === 'reload') handlers?.reload();
    else if (message.kind === 'shed') handlers?.shed(message.connections);
    else if (message.kind === 'collect') this.#collect(message.id, message.question);
    else this.#asks.get(message.id)?.(message.value);
  }

  #stop(drain: boolean): void {
    if (this.#handlers === undefined) process.exit(0);
    this.#handlers.stop(drain);
  }

  /** An answer that cannot be made is none. */
  #collect(id: number, question: Question): void {
    const answer = this.#handlers?.collect(question);
    answer?.then(
      value => this.#send({ kind: 'collected', id, topic: question.topic, value }),
      () => {},
    );
  }

  #beat(): void {
    this.#handlers!.openConnections().then(connections => this.#send({ kind: 'beat', connections }));
    this.#timers.background(BEAT_MS, () => this.#beat());
  }

  /** What cannot be sent is lost with its parent. */
  #send(message: ToParent, done: () => void = () => {}): void {
    if (process.connected) process.send!(message, undefined, undefined, done);
    else done();
  }
}
