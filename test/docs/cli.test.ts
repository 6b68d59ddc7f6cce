import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placesOf } from '../../src/cli/completion/places.ts';
import { EXIT } from '../../src/cli/exit-code.ts';
import { createProgram } from '../../src/cli/program.ts';
import { shellBlocks, untrueExamples } from './shell-examples.ts';

const PAGE = 'docs/cli.md';
const text = readFileSync(join(import.meta.dirname, '../..', PAGE), 'utf8');

describe('commands in the documents', () => {
  it.each([PAGE, 'docs/tags.md', 'docs/getting-started.md'])(
    'have the output that %s shows',
    { timeout: 180_000 },
    async page => {
      expect(await untrueExamples(page)).toEqual([]);
    },
  );
});

describe(PAGE, () => {
  it('has an example in every block, and one of every command but serve', async () => {
    for (const block of shellBlocks(text)) expect(block[0]![1]).toMatch(/^\$ /);
    for (const { path } of placesOf(await createProgram({}))) {
      if (path !== 'serve' && path !== '') expect(text).toMatch(new RegExp(`^\\$ .*frond ${path}\\b`, 'm'));
    }
  });

  it('tells every exit code', () => {
    for (const code of Object.values(EXIT)) expect(text).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
  });
});
