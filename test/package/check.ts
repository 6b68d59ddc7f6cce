/**
 * Packs Frond and installs it into empty projects on every supported Node: module, command line and service run from
 * the package alone, and the types resolve. Then the publishing linters. Needs the npm registry, so it is a check of
 * its own: `npm run check:package`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OLDEST_NODE } from '../../src/system/node-version.ts';
import { contentProblems, type Packed } from './contents.ts';
import { refusesOldNode, worksOn } from './on-node.ts';
import { execute, Project } from './project.ts';
import { typesResolve } from './types.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The oldest that is promised, and the others that are kept up. */
const NODES = [OLDEST_NODE, '24', '26'];
const OLD_NODES = ['18', '20'];

const startedMs = performance.now();
function report(what: string): void {
  console.log(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(5)} s  ${what}`);
}

async function must(command: string, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await execute(command, args, ROOT);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${out}${err}`);
  return out;
}

/** The package in `output`, looked through; package.json is as it was before. */
async function pack(output: string): Promise<Packed> {
  const manifest = () => readFileSync(join(ROOT, 'package.json'), 'utf8');
  const before = manifest();
  const [packed] = JSON.parse(await must('npm', 'pack', '--json', '--pack-destination', output)) as [Packed];
  const problems = contentProblems(packed);
  if (manifest() !== before) problems.push('npm pack has left package.json changed');
  if (problems.length > 0) throw new Error(`the package is not what it should be:\n${problems.join('\n')}`);
  report(`packed: ${packed.files.length} files, ${Math.round(packed.unpackedSize / 1000)} kB`);
  return packed;
}

async function inProject(name: string, packages: readonly string[], work: (project: Project) => Promise<void>) {
  const project = await Project.create(name, ...packages);
  try {
    await work(project);
  } finally {
    project.remove();
  }
}

async function onEveryNode(tarball: string): Promise<void> {
  for (const version of NODES) {
    await inProject(version, [tarball, `node@${version}`], project => worksOn(project, version));
    report(`Node ${version}: module (ESM and require), command line and service run`);
  }
}

async function onOldNodes(tarball: string): Promise<void> {
  for (const version of OLD_NODES) {
    await inProject(version, [tarball, `node@${version}`], project => refusesOldNode(project, version));
    report(`Node ${version}: command line and module say that it is too old`);
  }
}

async function onEveryCompiler(tarball: string): Promise<void> {
  await inProject('types', [tarball, '@types/node'], typesResolve);
  report('types resolve, with TypeScript 6 and 7');
  await must('publint', '--strict', tarball);
  await must('attw', tarball, '--profile', 'esm-only');
  report('publishing linters are clean');
}

const output = mkdtempSync(join(tmpdir(), 'frond-pack-'));
try {
  const packed = await pack(output);
  const tarball = join(output, packed.filename);
  await Promise.all([onEveryNode(tarball), onEveryCompiler(tarball).then(() => onOldNodes(tarball))]);
} finally {
  rmSync(output, { recursive: true });
}
