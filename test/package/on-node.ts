import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expectMatch, type Project } from './project.ts';

const ROOT = join(import.meta.dirname, '../..');
const NUMBERS =
  /^1n\n2n\n\[ \{ start: 3n, end: 5n, step: 1n \} \]\n\d{18,19}n \{ timeMs: \d+, workerId: 0, sequence: \d+ \}\n[0-9a-f-]{36}\n$/;

const COMMON_JS = `const { createFrond, FrondError } = require('frond');
createFrond({ dataDir: './data-cjs' }).then(async frond => {
  const id = await frond.segment('demo').next();
  const error = await frond.segment('missing').next().catch(each => each);
  await frond.close();
  console.log(id, error instanceof FrondError, error.code);
});
`;

/** Module, command line and service run from the package alone on this Node. @throws Error saying what does not */
export async function worksOn(project: Project, version: string): Promise<void> {
  expectMatch(
    'node',
    (await project.run('node', ['--version'])).out,
    new RegExp(`^v${version.replace('.', '\\.')}\\.`),
  );
  const manifest = readFileSync(project.path('node_modules/frond/package.json'), 'utf8');
  expectMatch('the manifest', manifest, /"engines": \{ "node": ">=22\.13" \}/);
  copyFileSync(join(ROOT, 'examples/embedded.mjs'), project.path('embedded.mjs'));
  const esm = await project.run('node', ['--no-warnings', 'embedded.mjs']);
  expectMatch('the ESM example', esm.out + esm.err, NUMBERS);
  project.write('embedded.cjs', COMMON_JS);
  const cjs = await project.run('node', ['--no-warnings', 'embedded.cjs']);
  expectMatch('the CommonJS example', cjs.out + cjs.err, /^1n true UNKNOWN_TAG\n$/);
  await commandLineWorks(project);
  await serviceRuns(project);
}

async function commandLineWorks(project: Project): Promise<void> {
  const frond = async (...args: string[]) => {
    const { code, out, err } = await project.run('frond', args, {
      NODE_NO_WARNINGS: '1',
      FROND_DATA_DIR: './data-cjs',
    });
    return `${code} ${out}${err}`;
  };
  expectMatch('frond --version', await frond('--version'), /^0 \d+\.\d+\.\d+/);
  expectMatch('frond --help', await frond('--help'), /^0 Usage: frond/);
  expectMatch('frond decode', await frond('decode', '2124429340903997456'), /^0 id .*\n2124429340903997456 +snowflake/);
  expectMatch('frond tags', await frond('tags', 'show', 'demo', '--json'), /^0 \{\n {2}"tag": "demo",/);
  expectMatch('frond next --direct', await frond('next', 'segment', 'demo', '--direct'), /^0 2\n$/);
  expectMatch('frond completion', await frond('completion', 'bash'), /^0 # Completion of frond in bash/);
  expectMatch('frond status', await frond('status', '--url', '127.0.0.1:1'), /^3 frond: no server answers/);
}

async function serviceRuns(project: Project): Promise<void> {
  const settings = { FROND_PORT: '0', FROND_DATA_DIR: project.path('data-service'), NODE_NO_WARNINGS: '1' };
  const child = spawn(join(project.bin, 'frond'), ['serve'], {
    env: { PATH: project.pathVariable, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let listening = '';
    for await (const line of createInterface(child.stdout)) {
      const { url, msg } = JSON.parse(line) as { url?: string; msg: string };
      if (msg === 'listening') listening = url!;
      if (msg === 'started') return await serviceAnswers(project, listening);
    }
    throw new Error('the service ended before it was ready');
  } finally {
    child.kill('SIGKILL');
  }
}

async function serviceAnswers(project: Project, url: string): Promise<void> {
  expectMatch('the service', await (await fetch(`${url}/id/segment/demo`)).text(), /^1$/);
  const page = await fetch(`${url}/`, { headers: { accept: 'text/html' } });
  expectMatch('the status page', await page.text(), /^<!doctype html>/);
  expectMatch('its module', await (await fetch(`${url}/dashboard/page.js`)).text(), /new Poller/);
  const next = await project.run('frond', ['next', 'segment', 'demo', '--url', url]);
  expectMatch('frond next', next.out + next.err, /^2\n$/);
  const status = await project.run('frond', ['status', '--ready', '--url', url]);
  expectMatch('frond status', `${status.code} ${status.out}${status.err}`, /^0 ready: /);
}

/** On a Node that is too old command line and module say so, each in one sentence. @throws Error when they do otherwise */
export async function refusesOldNode(project: Project, version: string): Promise<void> {
  const sentence = `frond needs Node 22\\.13 or later and runs on v${version}\\.\\d+\\.\\d+`;
  const { code, out, err } = await project.run('frond', ['--version']);
  expectMatch('frond on an old Node', `${code} ${out}${err}`, new RegExp(`^1 ${sentence}\\n$`));
  project.write('old.mjs', `import { createFrond } from 'frond';\nawait createFrond();\n`);
  const module = await project.run('node', ['old.mjs']);
  expectMatch('the module on an old Node', module.err, new RegExp(`^Error: ${sentence}$`, 'm'));
}
