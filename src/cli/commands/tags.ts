import type { Command } from 'commander';
import type { Config } from '../../config.ts';
import type { SettingName } from '../../settings/table.ts';
import type { Register } from '../program.ts';
import { configOf, withSettings } from '../setting-flags.ts';
import type { TagFlags } from '../tags.ts';

type Tags = typeof import('../tags.ts');
type TagOptions = TagFlags & { readonly json?: boolean };

const SETTINGS: readonly SettingName[] = [
  'segmentStore',
  'segmentCeiling',
  'segmentCeilingPolicy',
  'dataDir',
  'storeTimeoutMs',
];

export const register: Register = (program, env) => {
  const tags = program
    .command('tags')
    .description('look at the tags of a range store, and make, change and retire them');

  const add = (usage: string, description: string) =>
    withSettings(tags.command(usage).description(description).option('--json', 'print JSON'), SETTINGS);

  /** Does one thing to the tags and prints its answer. */
  const run = async (options: TagOptions, work: (cli: Tags, config: Config, json: boolean) => Promise<string>) => {
    const cli = await import('../tags.ts');
    console.log(await work(cli, configOf(env, options), options.json === true));
  };

  add('list', 'all tags, by name').action(options => run(options, (cli, config, json) => cli.listTags(config, json)));

  add('show <tag>', 'one tag').action((tag, options) =>
    run(options, (cli, config, json) => cli.showTag(config, tag, json)),
  );

  withTagFlags(add('create <tag>', 'make a tag, or bring a retired one back')).action((tag, options) =>
    run(options, (cli, config, json) => cli.createTag(config, tag, options, json)),
  );

  withTagFlags(add('set <tag>', 'change a tag'))
    .option('--no-description', 'clear the description')
    .action((tag, options) => run(options, (cli, config, json) => cli.setTag(config, tag, options, json)));

  add('retire <tag>', 'stop a tag; its IDs are never given again').action((tag, options) =>
    run(options, (cli, config, json) => cli.retireTag(config, tag, json)),
  );
};

function withTagFlags(command: Command): Command {
  return command
    .option('--step <IDs>', 'how many IDs a process takes from the store at a time')
    .option('--description <text>', 'what the tag is for')
    .option(
      '--max-id <ID>',
      'the first ID not yet used, to begin above the keys of an existing table; never goes down',
    );
}
