import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../src');

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => file.replaceAll('\\', '/'))
  .sort();
const textOf = new Map(files.map(file => [file, readFileSync(join(SRC, file), 'utf8')]));

function importsOf(file: string): Import[] {
  const pattern = /^(?:import|export)\s+(type\s)?[^'";]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/gm;
  return [...textOf.get(file)!.matchAll(pattern)].map(match => ({
    target: relative(SRC, join(SRC, dirname(file), match[2] ?? match[3]!)).replaceAll('\\', '/'),
    typeOnly: match[1] !== undefined,
  }));
}

/** Anyone may import a leaf; a leaf imports leaves only. */
const LEAF = /^(errors|config)\.ts$|^(errors|settings|system|metrics)\//;
const STORE_PORT = /^stores\/[^/]+\.ts$/;
const ALLOCATOR_PORT = /^allocators\/[^/]+\.ts$|^allocators\/snowflake\/decoded-id\.ts$/;
const ROOT = /^(main|cli|frond|index|frond-[a-z]+)\.ts$|^(service|cli)\//;

/** Room → what its files may import besides their own room and the leaves. */
const LAW: readonly (readonly [room: RegExp, may: RegExp])[] = [
  [LEAF, /^$/],
  [STORE_PORT, STORE_PORT],
  [/^stores\//, /^stores\//],
  [/^allocators\//, STORE_PORT],
  [/^formats\//, ALLOCATOR_PORT],
  [/^http\//, /^allocators\/[^/]+\.ts$|^allocators\/snowflake\/decoded-id\.ts$|^formats\//],
];

const PURE = [
  'allocators/id-ranges.ts',
  'allocators/segment/segment-buffer.ts',
  'allocators/segment/step-policy.ts',
  'allocators/segment/taken-range.ts',
  'allocators/snowflake/id-layout.ts',
  'allocators/snowflake/issue-limit.ts',
  'allocators/snowflake/timeline.ts',
  'allocators/uuid/uuid-timeline.ts',
];

describe('import law', () => {
  it('has files to judge, and an import for every file but the entries', () => {
    expect(files.length).toBeGreaterThan(20);
    const imported = new Set(files.flatMap(file => importsOf(file).map(each => each.target)));
    const entries = files.filter(file => !imported.has(file));
    expect(entries).toEqual(['cli.ts', 'index.ts']);
  });

  it.each(files.filter(file => !ROOT.test(file)))('%s imports only what its room may', file => {
    const [room, may] = LAW.find(([pattern]) => pattern.test(file)) ?? [];
    expect(room, `${file} belongs to no room`).toBeDefined();
    const offences = importsOf(file)
      .map(each => each.target)
      .filter(target => !room!.test(target) && !may!.test(target) && !LEAF.test(target));
    expect(offences).toEqual([]);
  });

  it.each(PURE)('%s is pure: it imports types, errors and pure files only', file => {
    const offences = importsOf(file).filter(
      each =>
        !each.typeOnly && each.target !== 'errors.ts' && !PURE.includes(each.target) && !STORE_PORT.test(each.target),
    );
    expect(offences).toEqual([]);
    expect(textOf.get(file)).not.toMatch(/from 'node:(?!os')/);
  });

  it('knows no cycles', () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) throw new Error(`cycle: ${[...path, file].join(' → ')}`);
      if (done.has(file)) return;
      for (const { target, typeOnly } of importsOf(file)) if (!typeOnly) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });

  it('keeps clock, timers and randomness in system/, but for those that sockets have themselves', () => {
    const offences = files.filter(
      file =>
        !file.startsWith('system/') &&
        /\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)|(?<!\bsocket\.)\bset(Timeout|Interval|Immediate)\(/.test(
          textOf.get(file)!,
        ),
    );
    expect(offences).toEqual([]);
  });

  it('reads the environment in the entry only', () => {
    expect(files.filter(file => /\bprocess\.env\b/.test(textOf.get(file)!))).toEqual(['cli.ts']);
  });
});
