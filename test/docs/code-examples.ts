import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILE_CACHE } from '../support/compile-cache.ts';
import { isAsShown } from './shell-examples.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A fenced block of a page. */
export interface CodeBlock {
  /** Of its first line, counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** The blocks of a language that stand for themselves: those that import Frond. */
export function programsOf(markdown: string, language: 'ts' | 'js'): CodeBlock[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))]
    .map(match => ({ line: markdown.slice(0, match.index).split('\n').length + 1, text: match[1]! }))
    .filter(({ text }) => text.includes("from 'frond'"));
}

/**
 * What a program says that it prints: the comments behind its console.log lines. A word with `…` is any word; what
 * follows `, or` is another day's output.
 */
export function outputShown(text: string): string {
  const lines = text.split('\n').filter(line => line.includes('console.log('));
  return lines
    .map(line => / \/\/ (.*)$/.exec(line)?.[1]?.split(', or ')[0] ?? 'no comment that shows the output')
    .map(shown => shown.replace(/[^\s{}]*…[^\s{}]*/g, '…'))
    .join('\n');
}

export function printsAsShown(text: string, output: string): boolean {
  return isAsShown(outputShown(text), output);
}

/** A directory in which `import 'frond'` means the sources. */
export class ExampleProject {
  readonly directory = mkdtempSync(join(tmpdir(), 'frond-examples-'));

  constructor() {
    // Not in node_modules itself: Node strips no types there.
    const frond = join(this.directory, 'frond');
    mkdirSync(frond);
    mkdirSync(join(this.directory, 'node_modules'));
    writeFileSync(join(frond, 'package.json'), '{"name":"frond","type":"module","exports":"./index.ts"}');
    writeFileSync(join(frond, 'index.ts'), `export * from ${JSON.stringify(join(ROOT, 'src/index.ts'))};\n`);
    symlinkSync(frond, join(this.directory, 'node_modules/frond'));
    writeFileSync(join(this.directory, 'package.json'), '{"private":true,"type":"module"}');
  }

  add(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text);
  }

  /** What a program prints on either output. It runs in an empty directory. @throws Error when it fails */
  run(name: string): Promise<string> {
    const cwd = mkdtempSync(join(this.directory, 'run-'));
    return node([join(this.directory, name)], cwd);
  }

  /** Checks the types of all programs as a user's project does. @returns what the compiler says: nothing */
  types(): Promise<string> {
    const options = { types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')], noUnusedLocals: false };
    const config = { extends: join(ROOT, 'tsconfig.json'), compilerOptions: options, include: ['*.ts'] };
    this.add('tsconfig.json', JSON.stringify(config));
    return node([join(ROOT, 'node_modules/typescript/bin/tsc'), '--project', this.directory], this.directory);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

function node(args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'], ...COMPILE_CACHE };
    execFile(process.execPath, args, { cwd, env, timeout: 120_000 }, (error, out, err) => {
      if (error === null) resolve(`${out}${err}`);
      else reject(new Error(`${args[0]} failed: ${out}${err}`, { cause: error }));
    });
  });
}
