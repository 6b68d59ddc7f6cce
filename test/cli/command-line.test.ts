import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { createProgram } from '../../src/cli/program.ts';
import { flagNameOf } from '../../src/config.ts';
import { reasonOf } from '../../src/errors.ts';
import { SETTING_GROUPS } from '../../src/settings/table.ts';
import { runCli } from '../support/cli.ts';

const COMMANDS = ['serve', 'init', 'next', 'status', 'bench', 'tags', 'slots', 'decode', 'token', 'completion'];

/** The exit code of a command line that is refused, and what is said of it. */
async function refusalOf(args: readonly string[]): Promise<{ code: number; said: string }> {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const program = await createProgram({}, args[0]);
    const error = await program.parseAsync(['node', 'frond', ...args]).catch((each: Error) => each);
    return { code: exitCodeOf(error), said: [...write.mock.calls.map(([text]) => text), reasonOf(error)].join('') };
  } finally {
    write.mockRestore();
  }
}

describe('the command line', () => {
  it('shows every command in its help, in groups', async () => {
    const { code, out, err } = await runCli(['--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /Run a server:[\s\S]*serve[\s\S]*Ask a server:[\s\S]*status[\s\S]*Look after the stores:[\s\S]*tags/,
    );
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  it('lists every setting of serve below its group, with no colours where nobody sees them', async () => {
    const { out } = await runCli(['serve', '--help'], { FORCE_COLOR: '1' });
    for (const [heading, settings] of Object.entries(SETTING_GROUPS)) {
      const part = out.split(`Settings, ${heading}:\n`)[1]!.split(/\n\n/)[0];
      for (const name of Object.keys(settings)) expect(part).toContain(`  ${flagNameOf(name)} <value>`);
    }
    expect(out).not.toContain('\u001b');
  });

  it.each([
    [['stauts'], /^frond: unknown command 'stauts'\n\(Did you mean status\?\)/],
    [['tags', 'lsit'], /^frond: unknown command 'lsit'\n\(Did you mean list\?\)/],
    [['status', '--redy'], /^frond: unknown option '--redy'\n\(Did you mean --ready\?\)/],
    [['serve', '--prot', '1'], /unknown option '--prot'\n\(Did you mean --port\?\)/],
    [['next', 'order'], /unknown command 'order'\n\(frond next segment <tag>, frond next snowflake/],
    [['next', 'segment'], /missing required argument 'tag'/],
    [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
    [['tags', 'list', 'more'], /too many arguments/],
    [['serve', '--port', 'x'], /--port: "x" is not a whole number/],
    [['status', '--url', 'ftp://host'], /"ftp:\/\/host" is no address of a server/],
    [['status', '--timeout-ms', '0'], /--timeout-ms is "0"; expected a whole number/],
    [['status', '--token-file', '/nowhere'], /\/nowhere cannot be read: ENOENT/],
  ])('says what is wrong with %j, and ends with 2', async (args, text) => {
    expect(await refusalOf(args)).toEqual({ code: 2, said: expect.stringMatching(text) });
  });

  it('shows the help, and ends with 2, where a command is missing', async () => {
    expect(await runCli([])).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^Usage: frond/) });
  });

  it('refuses what tells commands which server to ask as a setting of a server', async () => {
    const { code, err } = await runCli(['serve'], { FROND_TOKEN: 'no-setting-at-all' });
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/INVALID_CONFIG: FROND_TOKEN: it is for frond next, status and bench/),
    ]);
  });

  it('does not mind a reader that stops reading', async () => {
    const cli = join(import.meta.dirname, '../../src/cli.ts');
    const script = `'${process.execPath}' '${cli}' next uuid --direct -n 200000 | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', chunk => (out += chunk));
    child.stderr.on('data', chunk => (err += chunk));
    await new Promise(resolve => child.on('close', resolve));
    expect([out, err]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}\n0\n$/), '']);
  });
});
