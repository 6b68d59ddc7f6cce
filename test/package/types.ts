import { join } from 'node:path';
import { execute, type Project } from './project.ts';

const ROOT = join(import.meta.dirname, '../..');

const GUEST = `import { createFrond, type Frond, FrondError, type IdRange, idsOf } from 'frond';
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

/** Of users: Node's own resolution, and a bundler's. */
const CONFIGS = {
  nodenext: { module: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
} as const;

const COMPILERS = {
  'TypeScript 7': join(ROOT, 'node_modules/typescript/bin/tsc'),
  'TypeScript 6': join(ROOT, 'docs/api-reference/node_modules/typescript/bin/tsc'),
} as const;

/** Checks a program of a user and every declaration of the package with it. @throws Error with what a compiler says */
export async function typesResolve(project: Project): Promise<void> {
  project.write('guest.mts', GUEST);
  for (const [name, config] of Object.entries(CONFIGS)) {
    const compilerOptions = { ...config, target: 'es2023', lib: ['es2023', 'esnext.disposable'], strict: true };
    const options = { ...compilerOptions, exactOptionalPropertyTypes: true, noEmit: true, types: ['node'] };
    project.write(`${name}.json`, JSON.stringify({ compilerOptions: options, include: ['guest.mts'] }));
    for (const [compiler, tsc] of Object.entries(COMPILERS)) {
      const { code, out } = await execute(process.execPath, [tsc, '--project', `${name}.json`], project.directory);
      if (code !== 0) throw new Error(`${compiler} with ${name}:\n${out}`);
    }
  }
}
