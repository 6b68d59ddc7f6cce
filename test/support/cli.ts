import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { COMPILE_CACHE } from './compile-cache.ts';

export interface CliAnswer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in a process of its own, with no environment but `env`. */
export function runCli(args: readonly string[], env: Record<string, string> = {}): Promise<CliAnswer> {
  const cli = join(import.meta.dirname, '../../src/cli.ts');
  return new Promise(resolve => {
    const options = { timeout: 60_000, env: { PATH: process.env['PATH'] ?? '', ...COMPILE_CACHE, ...env } };
    execFile(process.execPath, [cli, ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}
