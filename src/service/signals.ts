import type { Logger } from '../system/logger.ts';

/**
 * Runs `stop` at the first SIGTERM or SIGINT and then exits with 0; a second signal exits at once, as does a stop
 * that fails (with 1).
 */
export function stopOnSignals(stop: () => Promise<void>, log: Logger): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) {
      log.warn({ signal }, 'second signal: exiting at once');
      process.exit(1);
    }
    stopping = true;
    log.info({ signal }, 'stopping; a second signal exits at once');
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
