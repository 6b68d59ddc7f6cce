import { type Command, Option } from 'commander';
import type { Environment } from '../../config.ts';
import type { SettingName } from '../../settings/table.ts';
import { type AskedIds, OUTPUT_FORMATS, type OutputFormat, readCount } from '../asked-ids.ts';
import { printIds } from '../print-ids.ts';
import type { Register } from '../program.ts';
import { type ServerFlags, serverTarget, withServerFlags } from '../server-flags.ts';
import { configOf, LAYOUT, withSettings } from '../setting-flags.ts';

interface NextOptions extends ServerFlags {
  readonly count?: string;
  readonly format: OutputFormat;
  readonly json?: boolean;
  readonly direct?: boolean;
  readonly v4?: boolean;
}

const SEGMENT: readonly SettingName[] = ['segmentStore', 'segmentCeiling', 'segmentCeilingPolicy', 'dataDir'];
const SNOWFLAKE: readonly SettingName[] = ['workerSlots', 'dataDir', ...LAYOUT];

export const register: Register = (program, env) => {
  const next = program.command('next').description('give IDs, from a running server or straight from the store');
  next.showHelpAfterError('(frond next segment <tag>, frond next snowflake, or frond next uuid)');

  withIdFlags(next.command('segment <tag>').description('the next IDs of a tag'), SEGMENT)
    .option('--direct', 'take a range from the store itself; what is left of it goes back')
    .action((tag, options) => give(env, options, { kind: 'segment', tag }));

  withIdFlags(next.command('snowflake').description('IDs that are ordered by time'), SNOWFLAKE)
    .option('--direct', 'take a worker ID for the time of this call, without a server')
    .action(options => give(env, options, { kind: 'snowflake', tag: undefined }));

  withIdFlags(next.command('uuid').description('UUIDs of version 7, or 4'), [])
    .option('--v4', 'random ones')
    .option('--direct', 'make them here')
    .action(options => give(env, options, { kind: 'uuid', tag: undefined }));
};

function withIdFlags(command: Command, settings: readonly SettingName[]): Command {
  command
    .option('-n, --count <N>', 'how many')
    .addOption(new Option('--format <format>', 'how each is written').choices(OUTPUT_FORMATS).default('text'))
    .option('--json', 'as --format json');
  return withSettings(withServerFlags(command), settings).optionsGroup('Options:');
}

async function give(env: Environment, options: NextOptions, what: Pick<AskedIds, 'kind' | 'tag'>): Promise<void> {
  const uuidVersion = options.v4 === true ? 'v4' : 'v7';
  const asked: AskedIds = { ...what, count: readCount(options.count), uuidVersion };
  const format = options.json === true ? 'json' : options.format;
  if (options.direct === true) {
    const { idsFromStore } = await import('../next-from-store.ts');
    await printIds(idsFromStore(directConfig(env, options, asked), asked), asked, format);
    return;
  }
  const [{ ServerClient }, { idsFromServer }] = await Promise.all([
    import('../ask-server.ts'),
    import('../next-from-server.ts'),
  ]);
  const client = new ServerClient(serverTarget(env, options));
  await printIds(idsFromServer(client, asked), asked, format);
  client.close();
}

/** With the kinds off that are not asked for: their stores need not be there. */
function directConfig(env: Environment, options: NextOptions, { kind }: AskedIds) {
  const segmentStore = kind === 'segment' ? {} : { segmentStore: 'off' };
  const workerSlots = kind === 'snowflake' ? {} : { workerSlots: 'off' };
  return configOf(env, { ...options, ...segmentStore, ...workerSlots });
}
