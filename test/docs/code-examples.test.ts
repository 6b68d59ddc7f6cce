import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ExampleProject, outputShown, printsAsShown, programsOf } from './code-examples.ts';

const page = (name: string) => readFileSync(join(import.meta.dirname, '../..', name), 'utf8');

const project = new ExampleProject();
afterAll(() => project.remove());

const EXAMPLES = [
  ...programsOf(page('docs/embedding.md'), 'ts').map(each => ['docs/embedding.md', 'ts', each] as const),
  ...programsOf(page('README.md'), 'js').map(each => ['README.md', 'js', each] as const),
].map(([name, language, { line, text }]) => ({ where: `${name}:${line}`, file: `line-${line}.${language}`, text }));
for (const { file, text } of EXAMPLES) project.add(file, text);

describe('programs in the documents', () => {
  it('are there', () => {
    expect(EXAMPLES.length).toBeGreaterThan(8);
  });

  it('are in the README what examples/ has', () => {
    expect(page('README.md')).toContain(page('examples/embedded.mjs'));
  });

  it.each(EXAMPLES)('print what their comments say: $where', { timeout: 120_000 }, async ({ file, text }) => {
    const output = await project.run(file);
    expect(printsAsShown(text, output), `${outputShown(text)}\nis shown, printed was\n${output}`).toBe(true);
  });

  it('have types that a strict project accepts', { timeout: 120_000 }, async () => {
    expect(await project.types()).toBe('');
  });

  it('are judged by their comments', () => {
    const text = 'console.log(1); // 1n\nconsole.log(a, b); // 21…n { x: …, y: 0 }, or not\n';
    expect(printsAsShown(text, '1n\n99n { x: 5, y: 0 }\n')).toBe(true);
    expect(printsAsShown(text, '1n\n99n { x: 5, y: 1 }\n')).toBe(false);
    expect(printsAsShown('console.log(1)\n', '1\n')).toBe(false);
  });
});
