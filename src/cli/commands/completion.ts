import { Argument } from 'commander';
import { placesOf } from '../completion/places.ts';
import { SHELL_SCRIPTS } from '../completion/scripts.ts';
import type { Register } from '../program.ts';

type Shell = keyof typeof SHELL_SCRIPTS;

/** Knows the commands that are there already. */
export const register: Register = program => {
  program
    .command('completion')
    .description('print what makes a shell complete frond: source <(frond completion bash)')
    .addArgument(new Argument('<shell>', 'which').choices(Object.keys(SHELL_SCRIPTS)))
    .action((shell: Shell) => {
      process.stdout.write(SHELL_SCRIPTS[shell](placesOf(program)));
    });
};
