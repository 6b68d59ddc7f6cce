/**
 * Packs Frond and installs it into empty projects on every supported Node: the README's example runs from ESM, from
 * CommonJS by `require`, the service runs by its bin, and the types resolve. Then the publishing linters. Needs the
 * npm registry, so it is a check of its own: `npm run check:package`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../..');
const MAJORS = [22, 24, 26];
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

const TYPES = `import { createFrond, type Frond, FrondError, type IdRange, idsOf } from 'frond';
const frond: Frond = await createFrond({ segmentStore: 'sqlite:', port: 1 });
const id: bigint = await frond.segment('order').next({ deadlineMs: 5 });
const fast: number | undefined = frond.segment('order').tryNextNumber();
const ranges: readonly IdRange[] = await frond.snowflake.nextMany(10);
const uuid: string = await frond.uuid.next();
const all: bigint[] = [...idsOf(ranges)];
// @ts-expect-error an unknown setting is refused
await createFrond({ dataDirr: 'x' });
export { all, fast, FrondError, id, uuid };
`;

function run(cwd: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function expectMatch(what: string, text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`${what} printed\n${text}\nbut ${pattern} was expected`);
}

function makeProject(tarball: string, major: number): string {
  const project = mkdtempSync(join(tmpdir(), `frond-on-${major}-`));
  writeFileSync(join(project, 'package.json'), '{"name":"guest","private":true,"allowScripts":{"node":true}}');
  run(project, 'npm', 'install', '--no-fund', '--no-audit', '--loglevel=error', tarball, `node@${major}`);
  return project;
}

async function serviceRuns(project: string, node: string): Promise<void> {
  const bin = join(project, 'node_modules/.bin/frond');
  const env = { PATH: process.env['PATH'], FROND_PORT: '0', FROND_DATA_DIR: join(project, 'data-service') };
  const child = spawn(node, ['--no-warnings', bin, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const line of createInterface(child.stdout)) {
      const { url, msg } = JSON.parse(line) as { url?: string; msg: string };
      if (msg !== 'listening') continue;
      expectMatch('the service', await (await fetch(`${url}/id/segment/demo`)).text(), /^1$/);
      const page = await fetch(`${url}/`, { headers: { accept: 'text/html' } });
      expectMatch('the status page', await page.text(), /^<!doctype html>/);
      expectMatch('its module', await (await fetch(`${url}/dashboard/page.js`)).text(), /new Poller/);
      return;
    }
    throw new Error('the service ended before it listened');
  } finally {
    child.kill('SIGKILL');
  }
}

async function worksOn(tarball: string, major: number): Promise<void> {
  const project = makeProject(tarball, major);
  const node = join(project, 'node_modules/.bin/node');
  expectMatch('node', run(project, node, '--version'), new RegExp(`^v${major}\\.`));
  copyFileSync(join(ROOT, 'examples/embedded.mjs'), join(project, 'embedded.mjs'));
  expectMatch('the ESM example', run(project, node, '--no-warnings', 'embedded.mjs'), NUMBERS);
  writeFileSync(join(project, 'embedded.cjs'), COMMON_JS);
  expectMatch('the CommonJS example', run(project, node, '--no-warnings', 'embedded.cjs'), /^1n true UNKNOWN_TAG\n$/);
  await serviceRuns(project, node);
  console.log(`Node ${major}: module (ESM and require) and service run`);
  rmSync(project, { recursive: true });
}

function typesResolve(tarball: string): void {
  const project = makeProject(tarball, 26);
  run(project, 'npm', 'install', '--no-fund', '--no-audit', '--loglevel=error', '@types/node@26');
  writeFileSync(join(project, 'guest.mts'), TYPES);
  const options = { module: 'nodenext', target: 'es2023', strict: true, noEmit: true, types: ['node'] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['guest.mts'] }));
  run(project, process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'));
  console.log('types resolve');
  rmSync(project, { recursive: true });
}

function readmeShowsTheExample(): void {
  const example = readFileSync(join(ROOT, 'examples/embedded.mjs'), 'utf8');
  if (!readFileSync(join(ROOT, 'README.md'), 'utf8').includes(example)) {
    throw new Error('README.md does not show examples/embedded.mjs as it is');
  }
}

const output = mkdtempSync(join(tmpdir(), 'frond-pack-'));
mkdirSync(output, { recursive: true });
const [packed] = JSON.parse(run(ROOT, 'npm', 'pack', '--json', '--pack-destination', output)) as { filename: string }[];
const tarball = join(output, packed!.filename);
readmeShowsTheExample();
for (const major of MAJORS) await worksOn(tarball, major);
typesResolve(tarball);
run(ROOT, 'npx', 'publint', '--strict', tarball);
run(ROOT, 'npx', 'attw', tarball, '--profile', 'esm-only');
console.log('publishing linters are clean');
rmSync(output, { recursive: true });
