import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** As `npm pack --json` says it. */
export interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const SRC = join(import.meta.dirname, '../../src');
const UNPACKED_MAX_BYTES = 2_000_000;
const BESIDE_CODE =
  /^((README|CHANGELOG|CONTRIBUTING|SECURITY)\.md|LICENSE|package\.json|docs\/[a-z-]+\.(md|json|svg)|deploy\/[a-z-]+\/[a-z/.-]+|sql\/\d{3}_[a-z_]+\.sql)$/;

/** What is wrong with the contents: every source, compiled and with its types, and nothing of the tests and tools. */
export function contentProblems({ files, unpackedSize }: Packed): string[] {
  const sources = readdirSync(SRC, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  const code = sources
    .map(({ parentPath, name }) => `dist/${relative(SRC, join(parentPath, name))}`)
    .flatMap(path => (path.endsWith('.ts') ? ['.js', '.d.ts'].map(end => path.replace(/\.ts$/, end)) : [path]));
  const packed = new Set(files.map(({ path }) => path));
  const problems = [
    ...code.filter(path => !packed.has(path)).map(path => `${path} is missing`),
    ...[...packed].filter(path => !code.includes(path) && !BESIDE_CODE.test(path)).map(path => `${path} is too much`),
  ];
  for (const path of ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/settings.md']) {
    if (!packed.has(path)) problems.push(`${path} is missing`);
  }
  if (unpackedSize > UNPACKED_MAX_BYTES) problems.push(`${unpackedSize} bytes unpacked are too many`);
  return problems;
}
