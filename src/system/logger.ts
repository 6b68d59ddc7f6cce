/** The part of pino's interface that Frond uses; any structured logger of that shape will do. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = () => {};

/** The default of the embedded module: a guest does not write to its host's output. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
