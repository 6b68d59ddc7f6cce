import { Option } from 'commander';
import type { SettingName } from '../../settings/table.ts';
import type { Register } from '../program.ts';
import { AHEAD, configOf, LAYOUT, withSettings } from '../setting-flags.ts';

const INIT: readonly SettingName[] = ['segmentStore', 'segmentCeiling', 'workerSlots', 'allowanceMs'];

export const register: Register = (program, env) => {
  const command = program
    .command('init')
    .description(
      'make the tables for segments and worker slots in a database or ZooKeeper; a server never does so by itself',
    )
    .option(
      '--slots-lost',
      'the worker slots were lost or restored while instances may live: start above all they may use, after the longest --allowance-ms that one had (0: all are stopped)',
    )
    .option('--import-leaf <leaf.name>', 'with ZooKeeper: start above every time that a stopped Leaf used')
    .addOption(
      new Option(
        '--beside-leaf <leaf.name>',
        'with ZooKeeper: keep the worker IDs of a Leaf that runs on, and begin with others',
      ).conflicts(['importLeaf', 'slotsLost']),
    );
  withSettings(command, [...INIT, ...AHEAD, ...LAYOUT]).action(async options => {
    const { initStores } = await import('../init.ts');
    const { slotsLost, importLeaf, besideLeaf } = options;
    const config = configOf(env, options);
    for (const line of await initStores(config, { slotsLost, importLeaf, besideLeaf })) console.log(line);
  });
};
