import type { Worker } from 'node:cluster';
import { reasonOf } from '../../errors.ts';
import { type BackoffPolicy, backoffMs } from '../../system/backoff.ts';
import type { System } from '../../system/system.ts';
import type { Cancel } from '../../system/timers.ts';
import type { ToChild, ToldToParent, ToParent } from './messages.ts';
import type { StartProblem } from './start-failure.ts';

/** A process that has not been heard of for so long is silent. */
const SILENT_MS = 2000;
/** A process that lived for so long did not fail at its start. */
const STEADY_MS = 60_000;
/** After so many looks, a second apart, at a silent process it hangs for good: its clients wait in vain. */
const SILENT_LOOKS_MAX = 30;
/** What a process said last is read within this time after its end. */
const LAST_WORDS_MS = 500;
const RESTART: BackoffPolicy = { firstMs: 200, maxMs: 30_000 };

export interface MemberOptions {
  readonly index: number;
  readonly system: System;
  readonly fork: (index: number) => Worker;
  readonly onMessage: (member: Member, message: ToldToParent) => void;
  readonly onEnd: (member: Member) => void;
}

/** One place among the processes. Whoever is in it is replaced when it ends, until the place is given up. */
export class Member {
  readonly index: number;
  readonly #options: MemberOptions;
  #worker: Worker | undefined;
  #bornMs = 0;
  #heardMs = 0;
  #failures = 0;
  #silentLooks = 0;
  #cancelRestart: Cancel = () => {};
  #leave: ((exitCode: number | null) => void) | undefined;
  /** True from the first request that the process of now can answer. */
  listening = false;
  /** True once any process in this place has started. */
  hasStarted = false;
  /** Why the process of now could not start, as far as it said so. */
  problem: StartProblem | undefined;
  connections = 0;
  restarts = 0;

  constructor(options: MemberOptions) {
    this.index = options.index;
    this.#options = options;
  }

  /** Undefined while there is no process. */
  get pid(): number | undefined {
    return this.#worker?.process.pid;
  }

  /** Whether the event loop of a listening process turns, by all that is heard of it. */
  get isAlive(): boolean {
    const { clock } = this.#options.system;
    return this.listening && clock.monotonicMs() - this.#heardMs < SILENT_MS;
  }

  start(): void {
    const { index, system, onMessage } = this.#options;
    this.#bornMs = system.clock.monotonicMs();
    this.problem = undefined;
    const worker = this.#fork();
    this.#worker = worker;
    if (worker === undefined) return;
    worker.on('message', (message: ToParent) => {
      if (worker !== this.#worker) return;
      this.#heardMs = system.clock.monotonicMs();
      if (message.kind !== 'here') onMessage(this, message);
      // It was told to stop before it could hear.
      else if (this.#leave !== undefined) this.send({ kind: 'stop' });
    });
    worker.on('error', error => {
      system.logger.error({ err: error, process: index }, 'a process cannot be reached');
      // None could be had from the host (EAGAIN, EMFILE), so there is none that could exit.
      if (worker === this.#worker && worker.process.pid === undefined) this.#onExit(null, null);
    });
    worker.once('exit', (code, signal) => this.#onceRead(worker, () => this.#onExit(code, signal)));
  }

  /** Undefined when the host has no memory for another process, say: the next try comes later. */
  #fork(): Worker | undefined {
    try {
      return this.#options.fork(this.index);
    } catch (error) {
      this.#replace({ problem: reasonOf(error) });
      return undefined;
    }
  }

  /**
   * Runs `then` when the last words of an ended process have been read. Node does not tell that the channel has ended
   * when the process left a listening socket unacknowledged in it.
   */
  #onceRead(worker: Worker, then: () => void): void {
    if (!worker.isConnected()) {
      then();
      return;
    }
    const cancel = this.#options.system.timers.after(LAST_WORDS_MS, () => {
      worker.removeListener('disconnect', onDisconnect);
      then();
    });
    const onDisconnect = () => {
      cancel();
      then();
    };
    worker.once('disconnect', onDisconnect);
  }

  /** To be called each second: ends a process that hangs. Looks are counted, so that a pause of ours is no proof. */
  look(): void {
    this.#silentLooks = this.listening && !this.isAlive ? this.#silentLooks + 1 : 0;
    if (this.#silentLooks < SILENT_LOOKS_MAX) return;
    this.#silentLooks = 0;
    this.#options.system.logger.error({ process: this.index, hangs: this.pid }, 'a process hangs: killing it');
    this.kill();
  }

  send(message: ToChild): void {
    // A process that just ended cannot be told; that it ended will be.
    if (this.#worker?.isConnected()) this.#worker.send(message, undefined, undefined, () => {});
  }

  kill(): void {
    this.#worker?.process.kill('SIGKILL');
  }

  /** Gives the place up; resolves with the exit code of the process in it, null when a signal killed it. */
  leave(): Promise<number | null> {
    this.#cancelRestart();
    return new Promise(resolve => {
      this.#leave = resolve;
      if (this.#worker === undefined) resolve(0);
      else this.send({ kind: 'stop' });
    });
  }

  #onExit(exitCode: number | null, signal: string | null): void {
    const { onEnd } = this.#options;
    const { pid } = this;
    this.#worker = undefined;
    this.listening = false;
    this.connections = 0;
    onEnd(this);
    const { problem } = this;
    // Only a process that has not begun yet dies of these: they are often sent to the whole group, and nothing is amiss.
    const isOfGroup = signal === 'SIGTERM' || signal === 'SIGINT';
    if (this.#leave !== undefined) this.#leave(isOfGroup ? 0 : exitCode);
    // A first process that says that it cannot start speaks for the whole service.
    else if (problem === undefined || this.hasStarted)
      this.#replace({ ended: pid, exitCode, signal, problem: problem?.text });
  }

  #replace(end: object): void {
    const { index, system } = this.#options;
    this.#failures = system.clock.monotonicMs() - this.#bornMs < STEADY_MS ? this.#failures + 1 : 1;
    const delayMs = Math.round(backoffMs(RESTART, this.#failures, system.random));
    system.logger.error({ process: index, ...end, delayMs }, 'a process ended; another takes its place');
    this.#cancelRestart = system.timers.after(delayMs, () => {
      this.restarts += 1;
      this.start();
    });
  }
}
