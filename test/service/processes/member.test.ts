import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { Member } from '../../../src/service/processes/member.ts';
import type { ToChild, ToParent } from '../../../src/service/processes/messages.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

/** As much of node:cluster's worker as a member uses. */
class FakeWorker extends EventEmitter {
  readonly told: ToChild[] = [];
  readonly process = {
    pid: 1 as number | undefined,
    kill: () => this.end(null, 'SIGKILL'),
  };

  #connected = true;

  isConnected(): boolean {
    return this.#connected;
  }

  send(message: ToChild): void {
    this.told.push(message);
  }

  say(message: ToParent): void {
    this.emit('message', message);
  }

  /** As the real one: its end may be known before its last words are read. */
  end(code: number | null, signal: string | null = null, lastWords?: ToParent): void {
    this.emit('exit', code, signal);
    if (lastWords !== undefined) this.say(lastWords);
    this.#connected = false;
    this.emit('disconnect');
  }
}

/** What node:cluster throws at the next attempts to fork. */
let forkFailures: Error[];
let system: VirtualSystem;
let workers: FakeWorker[];
let ends: number;
let member: Member;

beforeEach(() => {
  system = new VirtualSystem();
  workers = [];
  forkFailures = [];
  ends = 0;
  member = new Member({
    index: 0,
    system,
    fork() {
      const failure = forkFailures.pop();
      if (failure !== undefined) throw failure;
      const worker = new FakeWorker();
      workers.push(worker);
      return worker as unknown as Worker;
    },
    onMessage(each, message) {
      if (message.kind === 'failed') each.problem = message.problem;
      if (message.kind === 'listening') each.listening = true;
      if (message.kind === 'started') each.hasStarted = true;
    },
    onEnd() {
      ends += 1;
    },
  });
  member.start();
});

const latest = () => workers.at(-1)!;
const listen = () => latest().say({ kind: 'listening', address: { address: '::', family: 'IPv6', port: 1 } });

/** How long it takes until another process is started; ms. */
async function restartDelayMs(): Promise<number> {
  const count = workers.length;
  let delayMs = 0;
  await system.advance(0);
  while (workers.length === count) {
    await system.advance(10);
    delayMs += 10;
  }
  return delayMs;
}

describe('a place among the processes', () => {
  it('is taken again soon after a crash, later after each that follows, and within half a minute always', async () => {
    const delaysMs: number[] = [];
    for (let i = 0; i < 12; i++) {
      latest().end(1);
      delaysMs.push(await restartDelayMs());
    }
    expect(delaysMs[0]).toBeLessThanOrEqual(200);
    expect(delaysMs[4]).toBeGreaterThan(1000);
    expect(Math.max(...delaysMs)).toBeGreaterThan(15_000);
    expect(Math.max(...delaysMs)).toBeLessThanOrEqual(30_000);
    expect([member.restarts, ends]).toEqual([12, 12]);
  });

  it('is taken again when the channel of the last process never ends', async () => {
    latest().emit('exit', 1, null);
    await restartDelayMs();
    expect([workers.length, ends]).toEqual([2, 1]);
  });

  it('is taken again when the host has no process to give, whether that is thrown or told', async () => {
    forkFailures = [new Error('spawn ENOMEM'), new Error('spawn ENOMEM')];
    latest().end(null, 'SIGKILL');
    await restartDelayMs();
    expect(system.logs.filter(({ fields }) => fields['problem'] === 'spawn ENOMEM')).toHaveLength(2);
    latest().process.pid = undefined;
    latest().emit('error', new Error('spawn EAGAIN'));
    latest().emit('error', new Error('kill ESRCH'));
    await restartDelayMs();
    expect([workers.length, member.restarts]).toEqual([3, 4]);
    latest().emit('error', new Error('write EPIPE'));
    await system.advance(120_000);
    expect(workers).toHaveLength(3);
  });

  it('forgets the crashes before a steady time', async () => {
    for (let i = 0; i < 8; i++) {
      latest().end(null, 'SIGSEGV');
      await restartDelayMs();
    }
    await system.advance(60_000);
    latest().end(null, 'SIGKILL');
    expect(await restartDelayMs()).toBeLessThanOrEqual(200);
  });

  it('stays empty when its first process says that it cannot start', async () => {
    latest().end(1, null, { kind: 'failed', problem: { code: undefined, text: 'INVALID_CONFIG: …' } });
    await system.advance(120_000);
    expect([workers.length, ends, member.problem]).toEqual([1, 1, { code: undefined, text: 'INVALID_CONFIG: …' }]);
    expect(await member.leave()).toBe(0);
  });

  it('is taken again when a later process says so', async () => {
    latest().say({ kind: 'started' });
    latest().end(null, 'SIGKILL');
    await restartDelayMs();
    latest().end(1, null, { kind: 'failed', problem: { code: undefined, text: 'STORE_DAMAGED: …' } });
    await restartDelayMs();
    expect(workers).toHaveLength(3);
    expect(system.logs.at(-1)).toMatchObject({ level: 'error', fields: { problem: 'STORE_DAMAGED: …' } });
  });

  it('is given up with its process: that one is told to stop, and nobody follows', async () => {
    const left = member.leave();
    expect(latest().told).toEqual([{ kind: 'stop' }]);
    latest().end(0);
    expect(await left).toBe(0);
    await system.advance(120_000);
    expect(workers).toHaveLength(1);
  });

  it('is given up by a process too that could not hear yet when it was told', async () => {
    latest().say({ kind: 'here' });
    expect(latest().told).toEqual([]);
    latest().end(1);
    await restartDelayMs();
    member.leave();
    latest().say({ kind: 'here' });
    expect(latest().told).toEqual([{ kind: 'stop' }, { kind: 'stop' }]);
  });

  it.each([
    ['SIGTERM', 0],
    ['SIGINT', 0],
    ['SIGKILL', null],
  ])('is given up in order by a process that dies of its own %s: %s', async (signal, exitCode) => {
    const left = member.leave();
    latest().end(null, signal);
    expect(await left).toBe(exitCode);
  });

  it('is given up between two processes', async () => {
    latest().end(1);
    await system.advance(0);
    expect(await member.leave()).toBe(0);
    await system.advance(120_000);
    expect(workers).toHaveLength(1);
  });
});

describe('a silent process', () => {
  async function look(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      await system.advance(1000);
      member.look();
    }
  }

  it('is alive until two seconds after its last word, and killed when it stays silent', async () => {
    listen();
    await system.advance(1999);
    expect(member.isAlive).toBe(true);
    await system.advance(1);
    expect(member.isAlive).toBe(false);
    await look(29);
    expect(ends).toBe(0);
    await look(1);
    await restartDelayMs();
    expect([ends, workers.length]).toEqual([1, 2]);
  });

  it('is let live when it speaks again, and after a pause of everybody', async () => {
    listen();
    await look(25);
    latest().say({ kind: 'beat', connections: 0 });
    await look(25);
    latest().say({ kind: 'beat', connections: 0 });
    await system.advance(3_600_000);
    member.look();
    expect([ends, workers.length]).toEqual([0, 1]);
  });

  it('is no such while it only starts', async () => {
    await look(100);
    expect([member.isAlive, ends]).toEqual([false, 0]);
  });
});
