import { FrondError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { sleep } from '../../system/timers.ts';
import { isBusy, sqliteFailure } from './sqlite-failure.ts';

/** How long SQLite itself may wait for a lock, milliseconds: the event loop stands still meanwhile. */
export const BUSY_TIMEOUT_MS = 10;
/** The longest pause between two tries, milliseconds; the real one is random, so that rivals do not keep step. */
const PAUSE_MAX_MS = 10;

export interface BusyLimits {
  readonly name: string;
  readonly system: System;
  /** Deadline of the whole, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Repeats `work` while another process holds the database's lock. Such a try has changed nothing.
 * @throws FrondError STORE_UNAVAILABLE after the deadline, and what `work` throws as one of ours
 */
export async function whileBusy<T>({ name, system, timeoutMs }: BusyLimits, work: () => T | Promise<T>): Promise<T> {
  const endMs = system.clock.monotonicMs() + timeoutMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error)) throw sqliteFailure(name, error);
      if (system.clock.monotonicMs() >= endMs) {
        const reason = `another process has held its lock for ${timeoutMs} ms`;
        throw new FrondError('STORE_UNAVAILABLE', { store: name, reason }, { cause: error });
      }
    }
    await sleep(system.timers, 1 + system.random.fraction() * PAUSE_MAX_MS);
  }
}
