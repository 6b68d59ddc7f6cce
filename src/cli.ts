#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { TagFlags } from './cli/tags.ts';
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
const TAGS: readonly SettingName[] = [
  'segmentStore',
  'segmentCeiling',
  'segmentCeilingPolicy',
  'dataDir',
  'storeTimeoutMs',
];
const SLOTS: readonly SettingName[] = ['workerSlots', 'dataDir', 'storeTimeoutMs', ...LAYOUT];
/** How far an instance may have been ahead of the clock: to be as it had them. */
const AHEAD: readonly SettingName[] = ['lookaheadMs', 'skewLimitMs'];

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

const INIT: readonly SettingName[] = ['segmentStore', 'segmentCeiling', 'workerSlots', 'allowanceMs'];

withSettings(program.command('init'), [...INIT, ...AHEAD, ...LAYOUT])
  .description(
    'make the tables for segments and worker slots in a database or ZooKeeper; a server never does so by itself',
  )
  .option(
    '--slots-lost',
    'the worker slots were lost or restored while instances may live: start above all they may use',
  )
  .option('--import-leaf <leaf.name>', 'with ZooKeeper: start above every time that a stopped Leaf used')
  .addOption(
    new Option(
      '--beside-leaf <leaf.name>',
      'with ZooKeeper: keep the worker IDs of a Leaf that runs on, and begin with others',
    ).conflicts(['importLeaf', 'slotsLost']),
  )
  .action(async options => {
    const { initStores } = await import('./cli/init.ts');
    const { slotsLost, importLeaf, besideLeaf, ...flags } = options;
    const config = loadConfig(process.env, known(flags));
    for (const line of await initStores(config, { slotsLost, importLeaf, besideLeaf })) console.log(line);
  });

const slots = program.command('slots').description('look at the worker IDs of a slot store, and free dead ones');

function slotsCommand(usage: string, description: string, names = SLOTS): Command {
  return withSettings(slots.command(usage), names).description(description).option('--json', 'print JSON');
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

slotsCommand('release <ID>', 'free the worker ID of an instance that is dead', [...SLOTS, ...AHEAD])
  .option(
    '--force',
    'although its holder may use it still: gives duplicate IDs should that one be alive, or come back with --offline-start',
  )
  .action((id, options) =>
    look(options, (cli, config) =>
      cli.releaseSlotById(config, workerIdOf(id), options.force === true, options.json === true),
    ),
  );

program
  .command('token <name>')
  .description('make a bearer token, print it once, and its entry for the file that FROND_TOKENS_FILE names')
  .option('--scope <scope...>', 'what it is good for: ids, ids:order*, ids:@snowflake, ids:@uuid, admin, metrics', [
    'ids',
  ])
  .option('--expires <time>', 'from when on it counts no more, as 2027-01-01T00:00:00Z')
  .option('--json', 'print JSON')
  .action(async (name, { scope, expires, json }) => {
    const { makeToken } = await import('./cli/token.ts');
    console.log(makeToken({ name, scopes: scope, expiresAt: expires }, json === true));
  });

const tags = program.command('tags').description('look at the tags of a range store, and make, change and retire them');

type TagOptions = Record<string, string> & TagFlags & { readonly json?: boolean };
type Tags = typeof import('./cli/tags.ts');

function tagsCommand(usage: string, description: string): Command {
  return withSettings(tags.command(usage), TAGS).description(description).option('--json', 'print JSON');
}

function withTagFlags(command: Command): Command {
  return command
    .option('--step <IDs>', 'how many IDs a process takes from the store at a time')
    .option('--description <text>', 'what the tag is for')
    .option(
      '--max-id <ID>',
      'the first ID not yet used, to begin above the keys of an existing table; never goes down',
    );
}

/** Does one thing to the tags and prints its answer. */
async function manage(options: TagOptions, work: (cli: Tags, config: Config, json: boolean) => Promise<string>) {
  const cli = await import('./cli/tags.ts');
  console.log(await work(cli, loadConfig(process.env, known(options)), options.json === true));
}

tagsCommand('list', 'all tags, by name').action(options =>
  manage(options, (cli, config, json) => cli.listTags(config, json)),
);

tagsCommand('show <tag>', 'one tag').action((tag, options) =>
  manage(options, (cli, config, json) => cli.showTag(config, tag, json)),
);

withTagFlags(tagsCommand('create <tag>', 'make a tag, or bring a retired one back')).action((tag, options) =>
  manage(options, (cli, config, json) => cli.createTag(config, tag, options, json)),
);

withTagFlags(tagsCommand('set <tag>', 'change a tag'))
  .option('--no-description', 'clear the description')
  .action((tag, options) => manage(options, (cli, config, json) => cli.setTag(config, tag, options, json)));

tagsCommand('retire <tag>', 'stop a tag; its IDs are never given again').action((tag, options) =>
  manage(options, (cli, config, json) => cli.retireTag(config, tag, json)),
);

try {
  await program.parseAsync();
} catch (error) {
  console.error(`frond: ${error instanceof FrondError ? `${error.code}: ` : ''}${reasonOf(error)}`);
  process.exit(1);
}
