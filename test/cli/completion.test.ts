import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placesOf } from '../../src/cli/completion/places.ts';
import { SHELL_SCRIPTS } from '../../src/cli/completion/scripts.ts';
import { createProgram } from '../../src/cli/program.ts';
import { runCli } from '../support/cli.ts';

describe('completion in bash', () => {
  const directory = mkdtempSync(join(tmpdir(), 'frond-completion-'));
  const file = join(directory, 'frond.bash');
  beforeAll(async () => writeFileSync(file, (await runCli(['completion', 'bash'])).out));
  afterAll(() => rmSync(directory, { recursive: true }));

  /** What bash offers at the end of `words`. */
  function offered(...words: string[]): string[] {
    const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _frond; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const text = execFileSync('bash', ['--norc', '-c', script, file, ...words], { encoding: 'utf8' });
    return text.split('\n').filter(line => line !== '');
  }

  it.each([
    [['frond', 'sta'], ['status']],
    [['frond', 'tags', 'r'], ['retire']],
    [['frond', 'tags', 'show', 'order', '--da'], ['--data-dir']],
    [
      ['frond', 'next', 'segment', 'tags', '--format', ''],
      ['text', 'json', 'hex', 'base32', 'base62'],
    ],
    [['frond', 'serve', '--admin-'], ['--admin-token']],
    [['frond', 'completion', 'z'], ['zsh']],
    // A path: bash completes it by itself.
    [['frond', 'status', '--ca-file', 's'], []],
    [['frond', 'slots', '$(touch bad)', 'l'], ['list']],
  ])('offers for %j: %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

describe('completion scripts', () => {
  it.each(Object.keys(SHELL_SCRIPTS) as (keyof typeof SHELL_SCRIPTS)[])(
    'know every command and flag: %s',
    async shell => {
      const places = placesOf(await createProgram({}));
      const script = SHELL_SCRIPTS[shell](places);
      expect(places.length).toBeGreaterThan(15);
      for (const { path, words } of places) {
        expect(script).toContain(`'${path}`);
        for (const { word } of words) expect(script).toContain(word.replace(/^--/, shell === 'fish' ? '-l ' : '--'));
      }
    },
  );
});
