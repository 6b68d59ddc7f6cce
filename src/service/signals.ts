import type { Config } from '../config.ts';
import type { System } from '../system/system.ts';

export interface StopLimits {
  readonly system: Pick<System, 'clock' | 'timers' | 'logger'>;
  /** After this the process ends, whatever hangs; milliseconds. */
  readonly limitMs: number;
}

/** What a stop may take beyond the drain and the closing of connections, before it counts as hanging. */
const HANG_MS = 5000;
/**
 * Signals so soon after the beginning of a stop are the one that began it: a terminal sends Ctrl-C to the whole process
 * group, and npm and the like pass theirs on once more. Whoever means a second one takes longer.
 */
const SAME_SIGNAL_MS = 500;

/** After this time a process that was told to stop hangs. */
export function stopLimitMs({ drainMs, stopTimeoutMs }: Pick<Config, 'drainMs' | 'stopTimeoutMs'>): number {
  return drainMs + stopTimeoutMs + HANG_MS;
}

/**
 * Runs `stop` at the first SIGTERM or SIGINT and then exits with 0; a later second signal exits at once, as does a
 * stop that fails or does not end within the limit (with 1).
 * @returns does the same for another reason than a signal, and nothing when it is stopping already
 */
export function stopOnSignals(
  stop: () => Promise<void>,
  { system: { clock, timers, logger: log }, limitMs }: StopLimits,
): (reason: object, stopNow?: () => Promise<void>) => void {
  let stoppingFromMs: number | undefined;
  const begin = (reason: object, stopNow = stop) => {
    if (stoppingFromMs !== undefined) return;
    stoppingFromMs = clock.monotonicMs();
    log.info(reason, `stopping; a second signal, ${SAME_SIGNAL_MS} ms later or more, exits at once`);
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
    if (stoppingFromMs === undefined) return begin({ signal });
    if (clock.monotonicMs() - stoppingFromMs < SAME_SIGNAL_MS) return;
    log.warn({ signal }, 'second signal: exiting at once');
    process.exit(1);
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
