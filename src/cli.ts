#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { type Config, type ConfigValues, envNameOf, flagNameOf, loadConfig } from './config.ts';
import { FrondError, reasonOf, requireInteger } from './errors.ts';
import { VERSION } from './service/version.ts';
import { SETTINGS, type SettingName } from './settings/table.ts';
import { makeDirectory } from './system/directory.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  console.error(`frond needs Node 22.13 or later and runs on ${process.version}`);
  process.exit(1);
}

/** A flag for each of the settings; the environment variable is named beside it. */
function withSettings(command: Command, names = Object.keys(SETTINGS) as readonly SettingName[]): Command {
  for (const name of names) {
    const setting = SETTINGS[name];
    const value = setting.secret || setting.default === '' ? 'none' : setting.default;
    const text = `${setting.doc} [${envNameOf(name)}; ${setting.expected}; default: ${value}]`;
    command.addOption(new Option(`${flagNameOf(name)} <value>`, text));
  }
  return command;
}

const LAYOUT: readonly SettingName[] = ['epochMs', 'timeBits', 'workerBits', 'sequenceBits'];
const SLOTS: readonly SettingName[] = ['workerSlots', 'dataDir', 'storeTimeoutMs', ...LAYOUT];

function known(options: Record<string, string>): ConfigValues {
  const entries = Object.entries(options).filter(([name]) => name in SETTINGS);
  return Object.fromEntries(entries) as { [K in SettingName]?: string };
}

/** Halves the CPU time of a restart. In the data directory, which only Frond writes to, never in a shared /tmp. */
async function cacheCompiledCode(dataDir: string): Promise<void> {
  try {
    const directory = join(dataDir, 'compile-cache');
    await makeDirectory(directory);
    enableCompileCache(directory);
  } catch {
    // Whoever needs the data directory will say what is wrong with it.
  }
}

const program = new Command('frond')
  .description('Distributed 64-bit IDs: segments, snowflakes and UUIDs.')
  .version(VERSION)
  .showHelpAfterError('(run with --help for all commands and settings)');

withSettings(program.command('serve'))
  .description('serve IDs over HTTP')
  .action(async options => {
    const config = loadConfig(process.env, known(options));
    if (config.dataDir !== 'none') await cacheCompiledCode(config.dataDir);
    const { serve } = await import('./main.ts');
    await serve(config);
  });

withSettings(program.command('init'), ['segmentStore', 'workerSlots', 'allowanceMs', ...LAYOUT])
  .description(
    'make the tables for segments and worker slots in a database or ZooKeeper; a server never does so by itself',
  )
  .option(
    '--slots-lost',
    'the worker slots were lost or restored while instances may live: start above all they may use',
  )
  .option('--import-leaf <leaf.name>', 'with ZooKeeper: start above every time that a stopped Leaf used')
  .action(async options => {
    const { initStores } = await import('./cli/init.ts');
    const { slotsLost, importLeaf, ...flags } = options;
    const config = loadConfig(process.env, known(flags));
    for (const line of await initStores(config, { slotsLost, importLeaf })) console.log(line);
  });

const slots = program.command('slots').description('look at the worker IDs of a slot store, and free dead ones');

function slotsCommand(usage: string, description: string): Command {
  return withSettings(slots.command(usage), SLOTS).description(description).option('--json', 'print JSON');
}

/** Runs one look at the slots and prints its answer. */
async function look(options: Record<string, string>, work: (cli: Slots, config: Config) => Promise<string>) {
  const cli = await import('./cli/slots.ts');
  console.log(await work(cli, loadConfig(process.env, known(options))));
}

type Slots = typeof import('./cli/slots.ts');

const workerIdOf = (id: string) => requireInteger('ID', /^\d+$/.test(id) ? Number(id) : id, 0, 2 ** 20 - 1);

slotsCommand('list', 'every worker ID ever used, who has it, and when it is free').action(options =>
  look(options, (cli, config) => cli.listSlots(config, options.json === true)),
);

slotsCommand('show <ID>', 'one worker ID').action((id, options) =>
  look(options, (cli, config) => cli.showSlot(config, workerIdOf(id), options.json === true)),
);

slotsCommand('release <ID>', 'free the worker ID of an instance that is dead')
  .option('--force', 'although its holder may use it still: gives duplicate IDs should that one be alive')
  .action((id, options) =>
    look(options, (cli, config) =>
      cli.releaseSlotById(config, workerIdOf(id), options.force === true, options.json === true),
    ),
  );

try {
  await program.parseAsync();
} catch (error) {
  console.error(`frond: ${error instanceof FrondError ? `${error.code}: ` : ''}${reasonOf(error)}`);
  process.exit(1);
}
