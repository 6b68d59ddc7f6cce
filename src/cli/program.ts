import { Command } from 'commander';
import type { Environment } from '../config.ts';
import { VERSION } from '../service/version.ts';

/** Adds one command to the program. */
export type Register = (program: Command, env: Environment) => void;

type Commands = Readonly<Record<string, () => Promise<{ readonly register: Register }>>>;

/** By the headings of the help. Only what is asked for is loaded: a probe runs `frond status` every few seconds. */
const GROUPS: Readonly<Record<string, Commands>> = {
  'Run a server:': {
    serve: () => import('./commands/serve.ts'),
    init: () => import('./commands/init.ts'),
  },
  'Ask a server:': {
    next: () => import('./commands/next.ts'),
    status: () => import('./commands/status.ts'),
    bench: () => import('./commands/bench.ts'),
  },
  'Look after the stores:': {
    tags: () => import('./commands/tags.ts'),
    slots: () => import('./commands/slots.ts'),
  },
  'By itself:': {
    decode: () => import('./commands/decode.ts'),
    token: () => import('./commands/token.ts'),
    // The last one, as it knows those before it.
    completion: () => import('./commands/completion.ts'),
  },
};

/** What cannot be told without the other commands. */
const NEEDS_ALL = 'completion';

/** @param asked the first word of the command line; all commands are there when it is none of them, as for the help */
export async function createProgram(env: Environment, asked = ''): Promise<Command> {
  const program = new Command('frond')
    .description('Distributed 64-bit IDs: segments, snowflakes and UUIDs.')
    .version(VERSION)
    .showHelpAfterError('(run with --help for all commands and settings)')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'frond: ')) })
    .exitOverride();
  const alone = asked !== NEEDS_ALL && Object.values(GROUPS).some(commands => Object.hasOwn(commands, asked));
  for (const [heading, commands] of Object.entries(GROUPS)) {
    program.commandsGroup(heading);
    const names = Object.keys(commands).filter(name => !alone || name === asked);
    const loaded = await Promise.all(names.map(name => commands[name]!()));
    for (const { register } of loaded) register(program, env);
  }
  return program;
}
