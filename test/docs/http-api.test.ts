import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEALED_DOCUMENT } from '../support/contract/sealed-document.ts';
import { Service } from '../support/service.ts';
import { isAsShown, runShellExamples, type ShellExample, shellExamples } from './shell-examples.ts';

const readPage = (page: string) => readFileSync(join(import.meta.dirname, '../..', page), 'utf8');

/** What differs from run to run: one real value stands for all. */
function masked(text: string): string {
  return text
    .replaceAll('\r', '')
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'a-uuid')
    .replace(/\b\d{19}\b/g, 'a-snowflake')
    .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, 'a-time');
}

/** What the examples print otherwise than shown. */
async function untrue(examples: readonly ShellExample[], service: Service, env: Record<string, string>) {
  const answers = await runShellExamples(examples, service.url, { env });
  return answers.flatMap(({ example, output, code }) => {
    const isTrue = code === 0 && isAsShown(masked(example.shown), masked(output));
    return isTrue
      ? []
      : [`line ${example.line}: ${example.command}\nshows:\n${example.shown}\nand printed:\n${output}`];
  });
}

/** The first word of a pipeline decides: what asks the service by HTTP can run here. */
const isRequest = ({ command }: ShellExample) => command.startsWith('curl ');

describe('the requests that are shown', () => {
  const home = mkdtempSync(join(tmpdir(), 'frond-curl-'));
  // Without its meter of the progress, which a terminal does not show either.
  beforeAll(() => writeFileSync(join(home, '.curlrc'), 'silent\nshow-error\n'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it.each(['docs/http-api.md', 'README.md'])(
    'in %s have the answers that it shows',
    { timeout: 120_000 },
    async page => {
      const examples = shellExamples(readPage(page)).filter(isRequest);
      expect(examples.length).toBeGreaterThan(0);
      const service = new Service();
      try {
        await (await service.start()).ready();
        expect(await untrue(examples, service, { CURL_HOME: home })).toEqual([]);
      } finally {
        await service.remove();
      }
    },
  );
});

describe('docs/http-api.md', () => {
  const commands = shellExamples(readPage('docs/http-api.md')).map(each => each.command);

  it.each(Object.keys(SEALED_DOCUMENT.paths))('shows a request to %s', template => {
    const literal = template.replaceAll(/[.?]/g, '\\$&').replaceAll(/\{[^}]*\}/g, '[^/? ]+');
    const path = new RegExp(`localhost:8080${literal}(?:[? ']|$)`);
    expect(commands.some(command => path.test(command))).toBe(true);
  });
});
