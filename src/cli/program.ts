import { Command } from 'commander';
import type { Environment } from '../config.ts';
import { VERSION } from '../service/version.ts';

/** Adds one command to the program. */
export type Register = (program: Command, env: Environment) => void;

/** In the order of the help. Only what is asked for is loaded: a probe runs `frond status` every few seconds. */
const COMMANDS: Readonly<Record<string, () => Promise<{ readonly register: Register }>>> = {
  serve: () => import('./commands/serve.ts'),
  init: () => import('./commands/init.ts'),
  tags: () => import('./commands/tags.ts'),
  slots: () => import('./commands/slots.ts'),
  next: () => import('./commands/next.ts'),
  decode: () => import('./commands/decode.ts'),
  status: () => import('./commands/status.ts'),
  bench: () => import('./commands/bench.ts'),
};

/** @param asked the first word of the command line; all commands are there when it is none of them, as for the help */
export async function createProgram(env: Environment, asked = ''): Promise<Command> {
  const program = new Command('frond')
    .description('Distributed 64-bit IDs: segments, snowflakes and UUIDs.')
    .version(VERSION)
    .showHelpAfterError('(run with --help for all commands and settings)')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'frond: ')) })
    .exitOverride();
  if (Object.hasOwn(COMMANDS, asked)) {
    const { register } = await COMMANDS[asked]!();
    register(program, env);
    return program;
  }
  const commands = await Promise.all(Object.values(COMMANDS).map(load => load()));
  for (const { register } of commands) register(program, env);
  const completion = await import('./commands/completion.ts');
  completion.register(program, env);
  return program;
}
