import type { Config } from '../../config.ts';
import { requireInteger } from '../../errors.ts';
import type { SettingName } from '../../settings/table.ts';
import type { Register } from '../program.ts';
import { AHEAD, configOf, LAYOUT, withSettings } from '../setting-flags.ts';

type Slots = typeof import('../slots.ts');

const SETTINGS: readonly SettingName[] = ['workerSlots', 'dataDir', 'storeTimeoutMs', ...LAYOUT];

const workerIdOf = (id: string) => requireInteger('ID', /^\d+$/.test(id) ? Number(id) : id, 0, 2 ** 20 - 1);

export const register: Register = (program, env) => {
  const slots = program.command('slots').description('look at the worker IDs of a slot store, and free dead ones');

  const add = (usage: string, description: string, settings = SETTINGS) =>
    withSettings(slots.command(usage).description(description).option('--json', 'print JSON'), settings);

  /** Runs one look at the slots and prints its answer. */
  const run = async (options: object, work: (cli: Slots, config: Config) => Promise<string>) => {
    const cli = await import('../slots.ts');
    console.log(await work(cli, configOf(env, options)));
  };

  add('list', 'every worker ID ever used, who has it, and when it is free').action(options =>
    run(options, (cli, config) => cli.listSlots(config, options.json === true)),
  );

  add('show <ID>', 'one worker ID').action((id, options) =>
    run(options, (cli, config) => cli.showSlot(config, workerIdOf(id), options.json === true)),
  );

  add('release <ID>', 'free the worker ID of an instance that is dead', [...SETTINGS, ...AHEAD])
    .option(
      '--force',
      'although its holder may use it still: gives duplicate IDs should that one be alive, or come back with --offline-start',
    )
    .action((id, options) =>
      run(options, (cli, config) =>
        cli.releaseSlotById(config, workerIdOf(id), options.force === true, options.json === true),
      ),
    );
};
