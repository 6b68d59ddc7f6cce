/**
 * The parent of several serving processes. It serves nothing itself: it starts them, replaces those that end, tells
 * them to reload and to stop, and gathers what is told of all.
 *
 * They accept connections from one shared queue. With a queue for each (SO_REUSEPORT) a process that hangs would keep
 * its share of all new connections waiting, health checks and scrapes among them, one that dies would lose those in its
 * queue, and a second service on the port would go unnoticed. The price of the shared queue is uneven shares, which
 * `surplus.ts` evens out.
 */

import cluster, { type Worker } from 'node:cluster';
import type { AddressInfo } from 'node:net';
import type { Config } from '../../config.ts';
import type { System } from '../../system/system.ts';
import type { Cancel } from '../../system/timers.ts';
import { greet } from '../greet.ts';
import { stopLimitMs } from '../signals.ts';
import { Gathering } from './gathering.ts';
import { Member } from './member.ts';
import type { Question, ToldToParent } from './messages.ts';
import { StartFailure } from './start-failure.ts';
import { surplusOf } from './surplus.ts';

/** How often processes are looked at, and their shares of connections evened out. */
const LOOK_MS = 1000;
/** Beyond what a process allows itself for its stop. */
const GRACE_MS = 2000;

/** Set, V8 does not shrink the young generation in quiet hours, after which every request would cost more. */
const YOUNG_GENERATION = '--min-semi-space-size=16';

/** The same command as this process', with the number of the process at its end. */
function fork(index: number): Worker {
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // 'advanced' keeps bigints and infinite numbers.
  const args = [...process.argv.slice(2), '--process', String(index)];
  const execArgv = [YOUNG_GENERATION, ...process.execArgv];
  cluster.setupPrimary({ args, execArgv, serialization: 'advanced' });
  return cluster.fork();
}

export class Supervisor {
  readonly #config: Config;
  readonly #system: System;
  readonly #members: readonly Member[];
  readonly #gathering: Gathering;
  #greeted = false;
  #stopping: Promise<void> | undefined;
  #cancelLook: Cancel = () => {};
  #settleStart: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  constructor(count: number, config: Config, system: System) {
    this.#config = config;
    this.#system = system;
    const onMessage = (member: Member, message: ToldToParent) => this.#onMessage(member, message);
    const onEnd = (member: Member) => this.#onEnd(member);
    this.#members = Array.from({ length: count }, (_, index) => new Member({ index, system, fork, onMessage, onEnd }));
    this.#gathering = new Gathering(this.#members, system);
  }

  /**
   * Resolves when each place has had a process that started. Later failures are mended in the background.
   * @throws Error when the first process in a place says that no waiting would mend its start; all have then ended
   */
  async start(): Promise<void> {
    const started = new Promise<void>((resolve, reject) => {
      this.#settleStart = { resolve, reject };
    });
    for (const member of this.#members) member.start();
    this.#lookLater();
    try {
      await started;
    } catch (error) {
      await this.stop().catch(() => {});
      throw error;
    }
  }

  reload(): void {
    for (const member of this.#members) member.send({ kind: 'reload' });
  }

  /**
   * Stops all at the same time; idempotent.
   * @throws Error when one did not stop in order
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** For the very end: nothing may outlive this process. */
  kill(): void {
    for (const member of this.#members) member.kill();
  }

  async #stop(): Promise<void> {
    this.#cancelLook();
    this.#gathering.stop();
    const limitMs = stopLimitMs(this.#config) + GRACE_MS;
    const cancel = this.#system.timers.after(limitMs, () => {
      this.#system.logger.error({ limitMs }, 'killing the processes that do not stop');
      this.kill();
    });
    const exitCodes = await Promise.all(this.#members.map(member => member.leave()));
    cancel();
    if (exitCodes.some(code => code !== 0)) throw new Error(`exit codes of the processes: ${exitCodes.join(', ')}`);
  }

  #onMessage(member: Member, message: ToldToParent): void {
    if (message.kind === 'beat') member.connections = message.connections;
    else if (message.kind === 'collected') this.#gathering.take(member.index, message);
    else if (message.kind === 'ask') this.#answer(member, message.id, message.question);
    else if (message.kind === 'listening') this.#onListening(member, message.address);
    else if (message.kind === 'started') this.#onStarted(member);
    else member.problem = message.problem;
  }

  #onListening(member: Member, address: AddressInfo): void {
    member.listening = true;
    this.#gathering.keepFresh();
    if (!this.#greeted) greet(this.#system.logger, this.#config, address);
    this.#greeted = true;
  }

  #onStarted(member: Member): void {
    member.hasStarted = true;
    if (this.#members.every(each => each.hasStarted)) this.#settleStart?.resolve();
  }

  #onEnd(member: Member): void {
    this.#gathering.end(member.index);
    if (member.problem !== undefined && !member.hasStarted) this.#settleStart?.reject(new StartFailure(member.problem));
  }

  #answer(member: Member, id: number, question: Question): void {
    this.#gathering.gather(question).then(
      value => member.send({ kind: 'answer', id, value }),
      error => this.#system.logger.error({ err: error, question }, 'what the processes said cannot be put together'),
    );
  }

  #lookLater(): void {
    this.#cancelLook = this.#system.timers.background(LOOK_MS, () => {
      for (const member of this.#members) member.look();
      const alive = this.#members.filter(member => member.isAlive);
      const surplus = surplusOf(alive.map(member => member.connections));
      for (const [i, member] of alive.entries()) member.send({ kind: 'shed', connections: surplus[i]! });
      this.#lookLater();
    });
  }
}
