import type { Config } from '../config.ts';
import type { Logger } from '../system/logger.ts';
import type { Timers } from '../system/timers.ts';

export interface StopLimits {
  readonly log: Logger;
  readonly timers: Timers;
  /** After this the process ends, whatever hangs; milliseconds. */
  readonly limitMs: number;
}

/** What a stop may take beyond the drain and the closing of connections, before it counts as hanging. */
const HANG_MS = 5000;

/** After this time a process that was told to stop hangs. */
export function stopLimitMs({ drainMs, stopTimeoutMs }: Pick<Config, 'drainMs' | 'stopTimeoutMs'>): number {
  return drainMs + stopTimeoutMs + HANG_MS;
}

/**
 * Runs `stop` at the first SIGTERM or SIGINT and then exits with 0; a second signal exits at once, as does a stop
 * that fails or does not end within the limit (with 1).
 * @returns does the same for another reason than a signal, and nothing when it is stopping already
 */
export function stopOnSignals(
  stop: () => Promise<void>,
  { log, timers, limitMs }: StopLimits,
): (reason: object, stopNow?: () => Promise<void>) => void {
  let stopping = false;
  const begin = (reason: object, stopNow = stop) => {
    if (stopping) return;
    stopping = true;
    log.info(reason, 'stopping; a second signal exits at once');
    timers.background(limitMs, () => {
      log.error({ limitMs }, 'something hangs; exiting without waiting for it');
      process.exit(1);
    });
    stopNow().then(
      () => process.exit(0),
      error => {
        log.error({ err: error }, 'stop failed');
        process.exit(1);
      },
    );
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) {
      log.warn({ signal }, 'second signal: exiting at once');
      process.exit(1);
    }
    begin({ signal });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return begin;
}

/**
 * Reads files anew at SIGHUP, as `systemctl reload` sends it. On a terminal, where there are none to read, the signal
 * keeps its meaning: the terminal is gone.
 */
export function reloadOnSignal(config: Pick<Config, 'tlsCertFile' | 'tokensFile'>, reload: () => void): void {
  const hasFiles = config.tlsCertFile !== '' || config.tokensFile !== '';
  if (hasFiles || process.stdout.isTTY !== true) process.on('SIGHUP', reload);
}
