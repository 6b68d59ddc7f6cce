import type { Logger } from '../system/logger.ts';
import type { Timers } from '../system/timers.ts';

export interface StopLimits {
  readonly log: Logger;
  readonly timers: Timers;
  /** After this the process ends, whatever hangs; milliseconds. */
  readonly limitMs: number;
}

/**
 * Runs `stop` at the first SIGTERM or SIGINT and then exits with 0; a second signal exits at once, as does a stop
 * that fails or does not end within the limit (with 1).
 */
export function stopOnSignals(stop: () => Promise<void>, { log, timers, limitMs }: StopLimits): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) {
      log.warn({ signal }, 'second signal: exiting at once');
      process.exit(1);
    }
    stopping = true;
    log.info({ signal }, 'stopping; a second signal exits at once');
    timers.background(limitMs, () => {
      log.error({ limitMs }, 'something hangs; exiting without waiting for it');
      process.exit(1);
    });
    stop().then(
      () => process.exit(0),
      error => {
        log.error({ err: error }, 'stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** Runs `reload` at each SIGHUP, which would otherwise end the process. */
export function reloadOnHangup(reload: () => Promise<void>, log: Logger): void {
  process.on('SIGHUP', () => {
    log.info({ signal: 'SIGHUP' }, 'reading the files anew that may be replaced');
    reload().catch(error => log.error({ err: error }, 'reading anew failed'));
  });
}
