import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-code.ts';
import type { Register } from '../program.ts';
import { serverTarget, withServerFlags } from '../server-flags.ts';

export const register: Register = (program, env) => {
  const command = program
    .command('bench [kind]')
    .description('put a server under load: segment (default; uses IDs up), snowflake or uuid')
    .option('--tag <tag>', 'of segment', 'demo')
    .option('-n, --count <N>', 'IDs in each request', '1')
    .option('-c, --connections <N>', 'requests under way at one time', '16')
    .option('-s, --seconds <N>', 'how long', '5')
    .option('--json', 'print JSON');
  withServerFlags(command).action(async (kind: string = 'segment', options) => {
    const { bench, benchText } = await import('../bench.ts');
    const count = whole('--count', options.count, 1_000_000);
    const result = await bench({
      target: serverTarget(env, options),
      path: `${pathOf(kind, options.tag)}${count === 1 ? '' : `?count=${count}`}`,
      idsPerAnswer: count,
      connections: whole('--connections', options.connections, 1000),
      durationMs: whole('--seconds', options.seconds, 3600) * 1000,
    });
    console.log(options.json ? JSON.stringify(result, null, 2) : benchText(result));
    if (result.answers === 0) process.exitCode = EXIT.refused;
  });
};

function pathOf(kind: string, tag: string): string {
  if (kind === 'segment') return `/id/segment/${encodeURIComponent(tag)}`;
  if (kind === 'snowflake' || kind === 'uuid') return `/id/${kind}`;
  throw new CliError(`${JSON.stringify(kind)} is no kind of ID; expected segment, snowflake or uuid`, EXIT.usage);
}

function whole(flag: string, text: string, max: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new CliError(`${flag} is ${JSON.stringify(text)}; expected a whole number from 1 to ${max}`, EXIT.usage);
}
