import { setTimeout as delay } from 'node:timers/promises';
import type { Prng } from '../sim/prng.ts';
import type { Member } from '../support/member.ts';
import type { ZookeeperServer } from '../support/servers/local-server.ts';
import { drawFault, type Fault, type FaultKind } from './faults.ts';

/** Brings faults over the members and their ZooKeeper, several at a time, but one of each lane to a target. */
export class Storm {
  readonly struck = new Map<FaultKind, number>();
  /** Drawn, but its lane was still busy with another. */
  skipped = 0;
  readonly #members: readonly Member[];
  readonly #server: ZookeeperServer;
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #calm = new AbortController();
  readonly #failures: unknown[] = [];

  constructor(members: readonly Member[], server: ZookeeperServer) {
    this.#members = members;
    this.#server = server;
  }

  /** Resolves after `seconds`, when all faults are ended; processes that were killed are started again by then. */
  async rage(random: Prng, seconds: number, end: AbortSignal): Promise<void> {
    const endMs = performance.now() + seconds * 1000;
    while (performance.now() < endMs && !end.aborted && this.#failures.length === 0) {
      const fault = drawFault(random, this.#members.length);
      this.#strike(fault);
      await delay(Math.max(0, Math.min(fault.pauseMs, endMs - performance.now())));
    }
    this.#calm.abort();
    await Promise.all(this.#lanes.values());
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  #strike(fault: Fault): void {
    const { kind, target } = fault;
    const [lane, act] = this.#act(fault, this.#members[target]!);
    const key = lane === 'ZooKeeper' ? lane : `${lane} ${target}`;
    if (this.#lanes.has(key)) {
      this.skipped++;
      return;
    }
    this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
    const done = act()
      .catch(error => void this.#failures.push(error))
      .finally(() => this.#lanes.delete(key));
    this.#lanes.set(key, done);
  }

  #act(fault: Fault, member: Member): [lane: string, act: () => Promise<void>] {
    switch (fault.kind) {
      case 'kill and restart':
        return ['process', () => this.#restart(member, 'SIGKILL', fault.holdMs)];
      case 'terminate and restart':
        return ['process', () => this.#restart(member, 'SIGTERM', fault.holdMs)];
      case 'freeze':
      case 'freeze past the allowance':
      case 'freeze, then kill and restart':
        return ['process', () => this.#freeze(fault, member)];
      case 'cut connections':
        return ['network', async () => member.proxy.cut()];
      case 'silent network':
      case 'slow network':
        return ['network', () => this.#disturb(fault, member)];
      case 'clock back':
      case 'clock ahead':
        return ['clock', () => this.#turn(fault, member)];
      case 'ZooKeeper frozen':
      case 'ZooKeeper killed and restarted':
        return ['ZooKeeper', () => this.#strikeServer(fault)];
    }
  }

  async #restart(member: Member, signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<void> {
    await member.end(signal);
    await this.#hold(downMs);
    await member.start();
  }

  async #freeze({ kind, holdMs }: Fault, member: Member): Promise<void> {
    member.service.signal('SIGSTOP');
    await this.#hold(holdMs);
    if (kind === 'freeze, then kill and restart') await this.#restart(member, 'SIGKILL', 0);
    else member.service.signal('SIGCONT');
  }

  async #disturb({ kind, holdMs, amountMs }: Fault, { proxy }: Member): Promise<void> {
    if (kind === 'silent network') proxy.goSilent();
    else proxy.delay(amountMs);
    await this.#hold(holdMs);
    proxy.pass();
  }

  async #turn({ kind, holdMs, amountMs }: Fault, member: Member): Promise<void> {
    member.stepClock(kind === 'clock back' ? -amountMs : amountMs);
    await this.#hold(holdMs);
    member.stepClock(0);
  }

  async #strikeServer({ kind, holdMs }: Fault): Promise<void> {
    if (kind === 'ZooKeeper frozen') {
      await this.#server.pause();
      await this.#hold(holdMs);
      await this.#server.resume();
    } else {
      await this.#server.kill();
      await this.#hold(holdMs);
      await this.#server.restart();
    }
  }

  async #hold(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#calm.signal }).catch(() => {});
  }
}
