import { CommanderError } from 'commander';
import type { Environment } from '../config.ts';
import { FrondError, reasonOf } from '../errors.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { createProgram } from './program.ts';

/**
 * Runs one command line. What fails is told on standard error and ends the process with its exit code.
 * @param argv as process.argv
 */
export async function runCli(argv: readonly string[], env: Environment): Promise<void> {
  endQuietlyWithTheReader();
  try {
    const program = await createProgram(env, argv[2]);
    await program.parseAsync([...argv]);
  } catch (error) {
    // Commander has said what is wrong, or printed the help that was asked for.
    if (!(error instanceof CommanderError)) {
      console.error(`frond: ${error instanceof FrondError ? `${error.code}: ` : ''}${reasonOf(error)}`);
    }
    process.exit(exitCodeOf(error));
  }
}

/** `frond … | head`: who reads no further has enough. */
function endQuietlyWithTheReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.done);
  });
}
