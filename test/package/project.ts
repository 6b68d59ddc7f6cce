import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** An empty project of somebody else, on a Node of its own, into which packages were installed. */
export class Project {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(name: string, ...packages: readonly string[]): Promise<Project> {
    const project = new Project(mkdtempSync(join(tmpdir(), `frond-on-${name}-`)));
    project.write('package.json', '{"name":"guest","private":true,"allowScripts":{"node":true}}');
    const flags = ['--no-fund', '--no-audit', '--loglevel=error', '--prefer-offline'];
    const { code, out, err } = await execute('npm', ['install', ...flags, ...packages], project.directory, {});
    if (code !== 0) throw new Error(`npm install on ${name} failed:\n${out}${err}`);
    return project;
  }

  get bin(): string {
    return join(this.directory, 'node_modules/.bin');
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  /** Runs one of the project's commands as npm's scripts do, with the project's Node. */
  run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
    return execute(join(this.bin, command), args, this.directory, { ...env, PATH: this.pathVariable });
  }

  get pathVariable(): string {
    return `${this.bin}${delimiter}${process.env['PATH']}`;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Runs a program to its end, whatever its exit code. */
export function execute(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Ran> {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 2 ** 20 };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, out, err) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, out, err });
      else reject(error);
    });
  });
}

/** @throws Error that shows what was printed */
export function expectMatch(what: string, text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`${what} printed\n${text}\nbut ${pattern} was expected`);
}
