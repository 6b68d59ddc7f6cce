import { silentLogger } from '../system/logger.ts';
import { realSystem, type System } from '../system/system.ts';

const print = (fields: object, message: string) => console.error(`frond: ${message}: ${JSON.stringify(fields)}`);

/** The host of a command: what the stores warn of goes to standard error, the answer to standard output. */
export const cliSystem: System = { ...realSystem, logger: { ...silentLogger, warn: print, error: print } };
