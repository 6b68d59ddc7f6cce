/**
 * A host made by hand for tests: clocks and timers that move only when the test says so, repeatable randomness, and a
 * logger that remembers. Pass it wherever a `System` is asked for.
 *
 * `advance(ms)` runs every timer that falls due, in the order of its time (then of its creation), with both clocks at
 * that time; between two timers all promise callbacks run to the end. No real time passes.
 */
import type { Clock } from '../../src/system/clock.ts';
import type { Logger } from '../../src/system/logger.ts';
import type { Random } from '../../src/system/random.ts';
import type { System } from '../../src/system/system.ts';
import type { Cancel, Timers } from '../../src/system/timers.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

interface PendingTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly background: boolean;
  readonly callback: () => void;
}

export interface VirtualSystemOptions {
  /** Unix ms at the start; default 2026-01-01T00:00:00Z. */
  readonly wallMs?: number;
  /** Default 0. */
  readonly monotonicMs?: number;
  /** Of the random numbers; default 1. */
  readonly seed?: number;
}

export class VirtualSystem implements System {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly logs: LogLine[] = [];
  #wallMs: number;
  #monotonicMs: number;
  #seed: number;
  #order = 0;
  readonly #pending = new Set<PendingTimer>();

  constructor(options: VirtualSystemOptions = {}) {
    this.#wallMs = options.wallMs ?? 1_767_225_600_000;
    this.#monotonicMs = options.monotonicMs ?? 0;
    this.#seed = (options.seed ?? 1) >>> 0;
    this.clock = { wallMs: () => Math.floor(this.#wallMs), monotonicMs: () => this.#monotonicMs };
    this.timers = {
      after: (delayMs, callback) => this.#add(delayMs, callback, false),
      background: (delayMs, callback) => this.#add(delayMs, callback, true),
    };
    this.random = {
      fraction: () => this.#fraction(),
      token: () => `virtual-${Math.floor(this.#fraction() * 2 ** 32).toString(16)}-${(this.#order++).toString(16)}`,
      fill: target => {
        for (let i = 0; i < target.length; i++) target[i] = Math.floor(this.#fraction() * 256);
      },
    };
    const remember = (level: LogLine['level']) => (fields: object, message: string) => {
      this.logs.push({ level, fields: fields as Record<string, unknown>, message });
    };
    this.logger = {
      debug: remember('debug'),
      info: remember('info'),
      warn: remember('warn'),
      error: remember('error'),
    };
  }

  /** Timers that wait now, background ones included. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Timers that would keep a real process alive. */
  get pendingForegroundTimers(): number {
    return [...this.#pending].filter(timer => !timer.background).length;
  }

  /** Milliseconds until the earliest timer; undefined when none waits. */
  get nextTimerInMs(): number | undefined {
    const next = this.#earliest(Number.POSITIVE_INFINITY);
    return next === undefined ? undefined : next.dueMs - this.#monotonicMs;
  }

  /** Lets time pass. Both clocks move together. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    await this.settle();
    for (;;) {
      const timer = this.#earliest(untilMs);
      if (timer === undefined) break;
      this.#pending.delete(timer);
      this.#moveTo(Math.max(timer.dueMs, this.#monotonicMs));
      timer.callback();
      await this.settle();
    }
    this.#moveTo(untilMs);
  }

  /** Runs all promise callbacks that can run without time passing. */
  settle(): Promise<void> {
    return new Promise(resolve => setImmediate(resolve));
  }

  /** Steps the wall clock only, either way, as an operator or NTP would. */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }

  /** Moves both clocks without running any timer, as when the process was stopped meanwhile. */
  pause(ms: number): void {
    this.#moveTo(this.#monotonicMs + ms);
  }

  /** Log lines of one level. */
  logged(level: LogLine['level']): readonly LogLine[] {
    return this.logs.filter(line => line.level === level);
  }

  #add(delayMs: number, callback: () => void, background: boolean): Cancel {
    if (!Number.isFinite(delayMs)) throw new RangeError(`timer delay is ${delayMs} ms`);
    const timer = {
      dueMs: this.#monotonicMs + Math.max(1, delayMs),
      order: this.#order++,
      background,
      callback,
    };
    this.#pending.add(timer);
    return () => {
      this.#pending.delete(timer);
    };
  }

  #earliest(untilMs: number): PendingTimer | undefined {
    let best: PendingTimer | undefined;
    for (const timer of this.#pending) {
      if (timer.dueMs > untilMs) continue;
      if (best === undefined || timer.dueMs < best.dueMs || (timer.dueMs === best.dueMs && timer.order < best.order)) {
        best = timer;
      }
    }
    return best;
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  /** mulberry32. */
  #fraction(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
