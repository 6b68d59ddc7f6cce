#!/usr/bin/env node
import { Command, Option } from 'commander';
import { type ConfigValues, envNameOf, flagNameOf, loadConfig } from './config.ts';
import { FrondError, reasonOf } from './errors.ts';
import { SETTINGS, type SettingName } from './settings/table.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  console.error(`frond needs Node 22.13 or later and runs on ${process.version}`);
  process.exit(1);
}

/** One flag for each setting; the environment variable is named beside it. */
function withSettings(command: Command): Command {
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const value = setting.secret || setting.default === '' ? 'none' : setting.default;
    const text = `${setting.doc} [${envNameOf(name)}; ${setting.expected}; default: ${value}]`;
    command.addOption(new Option(`${flagNameOf(name)} <value>`, text));
  }
  return command;
}

function known(options: Record<string, string>): ConfigValues {
  const entries = Object.entries(options).filter(([name]) => name in SETTINGS);
  return Object.fromEntries(entries) as { [K in SettingName]?: string };
}

const program = new Command('frond')
  .description('Distributed 64-bit IDs: segments, snowflakes and UUIDs.')
  .showHelpAfterError('(run with --help for all commands and settings)');

withSettings(program.command('serve'))
  .description('serve IDs over HTTP')
  .action(async options => {
    const config = loadConfig(process.env, known(options));
    const { serve } = await import('./main.ts');
    await serve(config);
  });

program
  .command('init')
  .description(
    'create what several instances share: leaf_alloc in MySQL, worker slots in ZooKeeper; a server never does so by itself',
  )
  .option('--segment-store <url>', 'mysql://user:password@host:3306/database [FROND_SEGMENT_STORE]')
  .option('--worker-slots <url>', 'zookeeper://user:password@host1:2181,host2:2181/tree [FROND_WORKER_SLOTS]')
  .option('--epoch-ms <value>', 'with --worker-slots [FROND_EPOCH_MS; the bits by FROND_*_BITS likewise]')
  .option('--floor-ms <value>', 'with --worker-slots, to replace a lost tree: Unix ms above all that was ever used')
  .option('--import-leaf <leaf.name>', 'with --worker-slots: start above every time that a stopped Leaf used')
  .action(async options => {
    const { init } = await import('./cli/init.ts');
    for (const line of await init(options, process.env)) console.log(line);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(`frond: ${error instanceof FrondError ? `${error.code}: ` : ''}${reasonOf(error)}`);
  process.exit(1);
}
