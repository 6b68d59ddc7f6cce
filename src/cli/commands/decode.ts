import { createInterface } from 'node:readline';
import { Option } from 'commander';
import { ID_FORMATS } from '../../formats/id-text.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-code.ts';
import type { Register } from '../program.ts';
import { configOf, LAYOUT, withSettings } from '../setting-flags.ts';

export const register: Register = (program, env) => {
  const command = program
    .command('decode [ids...]')
    .description('say what snowflakes and UUIDs hold; without IDs those on standard input, one a line')
    .addOption(new Option('--from <format>', 'how they are written').choices(Object.keys(ID_FORMATS)))
    .option('--json', 'print JSON, one object a line');
  withSettings(command, LAYOUT).action(async (given: readonly string[], options) => {
    const { decodedTable, decodeId } = await import('../decode.ts');
    const layout = configOf(env, { ...options, segmentStore: 'off', workerSlots: 'off' });
    const ids = given.length > 0 ? given : await readIds();
    const all = ids.map(id => decodeId(id, layout, options.from));
    console.log(options.json ? all.map(each => JSON.stringify(each)).join('\n') : decodedTable(all));
  });
};

/** @throws CliError when there are none */
async function readIds(): Promise<string[]> {
  const ids: string[] = [];
  if (process.stdin.isTTY !== true) {
    for await (const line of createInterface(process.stdin)) if (line.trim() !== '') ids.push(line.trim());
  }
  if (ids.length > 0) return ids;
  throw new CliError('no ID to decode; name some, or pipe them in, one a line', EXIT.usage);
}
