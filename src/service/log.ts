import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from '../config.ts';

/**
 * pino on standard output: JSON for machines, pretty for a terminal.
 * @param processIndex where several processes write to the one output
 */
export async function createLog(config: Config, processIndex?: number): Promise<Logger> {
  const pretty = config.logFormat === 'pretty' || (config.logFormat === 'auto' && process.stdout.isTTY === true);
  const options = { level: config.logLevel, base: { pid: process.pid, process: processIndex } };
  if (!pretty) return pino(options);
  // In this thread: a transport's worker would lose the last lines of a dying process.
  const { default: prettyStream } = await import('pino-pretty');
  return pino(
    options,
    prettyStream({ ignore: 'pid', translateTime: 'SYS:HH:MM:ss.l', sync: true }) as DestinationStream,
  );
}
