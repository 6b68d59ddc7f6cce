import { CommanderError } from 'commander';
import { type ErrorCode, FrondError } from '../errors.ts';
import { StartFailure } from '../service/processes/start-failure.ts';
import { CliError } from './cli-error.ts';

/** What the exit code of every command says; docs/cli.md shows this table. */
export const EXIT = {
  /** Done; of `status`: ready. */
  done: 0,
  /** Refused or failed; of `status`: not ready. */
  refused: 1,
  /** The command line, a setting or a value is wrong: the same call fails again. */
  usage: 2,
  /** No answer from the server, the database or ZooKeeper. */
  unreachable: 3,
} as const;

const USAGE: readonly ErrorCode[] = ['INVALID_ARGUMENT', 'INVALID_CONFIG'];
const UNREACHABLE: readonly ErrorCode[] = ['STORE_UNAVAILABLE', 'SLOT_STORE_UNAVAILABLE', 'CEILING_UNAVAILABLE'];

/** The exit code of a refusal by its code, known to this version or not. */
export function exitCodeOfCode(code: string): number {
  if (USAGE.some(each => each === code)) return EXIT.usage;
  return UNREACHABLE.some(each => each === code) ? EXIT.unreachable : EXIT.refused;
}

export function exitCodeOf(error: unknown): number {
  // Commander's own: help that was asked for, or a line that it does not understand.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CliError) return error.exitCode;
  const isRefusal = error instanceof FrondError || error instanceof StartFailure;
  return isRefusal && error.code !== undefined ? exitCodeOfCode(error.code) : EXIT.refused;
}
