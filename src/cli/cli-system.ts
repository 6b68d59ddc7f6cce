import { silentLogger } from '../system/logger.ts';
import { realSystem, type System } from '../system/system.ts';

type Print = (fields: object, message: string) => void;

const print: Print = (fields, message) => console.error(`frond: ${message}: ${JSON.stringify(fields)}`);

/** A store that warns of an error fails the next question with it, and the command says that. */
const warn: Print = (fields, message) => {
  if (!('code' in fields)) print(fields, message);
};

/** The host of a command: what the stores warn of goes to standard error, the answer to standard output. */
export const cliSystem: System = { ...realSystem, logger: { ...silentLogger, warn, error: print } };
