/**
 * The graceful stop of an HTTP server.
 *
 * 1. Drain: readiness says 503 and every answer `Connection: close`, so that balancers and clients go elsewhere.
 * 2. Stop listening, but keep kept-alive connections: closing idle ones at once would meet requests on their way.
 * 3. A second later, close idle connections again and again as answers end.
 * 4. At the limit, cut what is left.
 * Every answer that was begun before the limit arrives.
 */

import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Cancel, Timers } from '../system/timers.ts';
import { sleep } from '../system/timers.ts';

/** How long idle connections are kept after listening has ended. */
const KEEP_IDLE_MS = 1000;
const SWEEP_MS = 100;

export interface ShutdownTimes {
  readonly drainMs: number;
  /** From the end of the drain until open connections are cut. */
  readonly stopTimeoutMs: number;
}

/** Runs `callback` after `firstMs` and then each `SWEEP_MS`, until it is cancelled. */
function repeat(timers: Timers, firstMs: number, callback: () => void): Cancel {
  let cancel = timers.after(firstMs, function turn() {
    callback();
    cancel = timers.after(SWEEP_MS, turn);
  });
  return () => cancel();
}

/**
 * Steps 1 to 4; resolves when the last connection is gone. The caller says 503 and `Connection: close` meanwhile.
 * @param cutOff ends every connection at once
 */
export async function shutDown(
  server: Server,
  timers: Timers,
  times: ShutdownTimes,
  cutOff: () => void,
): Promise<void> {
  if (!server.listening) return;
  await sleep(timers, times.drainMs);
  await new Promise<void>(resolve => {
    const stopSweep = repeat(timers, KEEP_IDLE_MS, () => server.closeIdleConnections());
    const stopLimit = timers.after(times.stopTimeoutMs, cutOff);
    NetServer.prototype.close.call(server, () => {
      stopSweep();
      stopLimit();
      resolve();
    });
  });
  // Not listening any more, so this only ends node:http's own interval that looks for slow requests.
  server.close(() => {});
}
