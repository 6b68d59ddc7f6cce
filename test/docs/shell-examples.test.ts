import { describe, expect, it } from 'vitest';
import { isAsShown, runShellExamples, shellExamples } from './shell-examples.ts';

const page = [
  'text',
  '```sh',
  '$ echo a \\',
  '  b',
  'a b',
  '$ export WORD=kept',
  '$ false',
  '$ echo $? $WORD',
  '1 kept',
  '```',
  '```sh',
  'npm install',
  '```',
  '```json',
  '$ not a command',
  '```',
].join('\n');

describe('examples of a page', () => {
  it('are its $ lines with what stands below each', () => {
    expect(shellExamples(page)).toEqual([
      { line: 3, command: 'echo a \\\n  b', shown: 'a b' },
      { line: 6, command: 'export WORD=kept', shown: '' },
      { line: 7, command: 'false', shown: '' },
      { line: 8, command: 'echo $? $WORD', shown: '1 kept' },
    ]);
  });

  it('run in one shell, which keeps what they set, and give output and code', async () => {
    const answers = await runShellExamples(shellExamples(page), 'http://127.0.0.1:1');
    expect(answers.map(({ output, code }) => [output, code])).toEqual([
      ['a b', 0],
      ['', 0],
      ['', 1],
      ['1 kept', 0],
    ]);
  });

  it('are on the port that the page shows, and print it', async () => {
    const examples = shellExamples('```sh\n$ echo localhost:8080 $FROND_PORT\n```');
    const [answer] = await runShellExamples(examples, 'http://127.0.0.1:4711');
    expect(answer!.output).toBe('localhost:8080 4711');
  });

  it.each([
    ['1', '1\n', true],
    ['1', '2', false],
    ['', 'something', false],
    ['{"id":"…"}', '{"id":"17"}', true],
    ['{"id":"…"}', '{"id":"17"}\nmore', false],
    ['a\n…\nz', 'a\nb\nc\nz', true],
    ['a  b', 'a      b', true],
    ['a  b', 'a b', false],
    ['a.c', 'abc', false],
    ['2124429340903997456', '2126602916109221953', true],
    ['id 2124429340903997456', 'id 2126602916109221953', false],
    ['01a2022f-91c0-71fb-adae-51bf38166e20', '01a22165-5acf-759e-ae38-453ab6b9da24', true],
    ['01a2022f-91c0-71fb-adae-51bf38166e20', '2126602916109221953', false],
  ])('%j beside the output %j: %s', (shown, output, expected) => {
    expect(isAsShown(shown, output)).toBe(expected);
  });
});
