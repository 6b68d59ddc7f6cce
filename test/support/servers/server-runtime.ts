import { spawnSync } from 'node:child_process';
import { installDebianPackages, whyNotInstallable } from './debian-package.ts';
import type { Runtime } from './local-server.ts';

export interface ChosenRuntime {
  readonly runtime: Runtime;
  /** How it came about, for the one line that the set-up prints. */
  readonly why: string;
}

/** A server that may be on this machine. */
export interface NativeKind {
  /** `a MySQL or MariaDB`. */
  readonly wanted: string;
  /** What is said when it is not there: `no mariadbd is on PATH`. */
  readonly lack: string;
  /** Debian's packages of all that it needs. */
  readonly packages: readonly string[];
  /** The environment variable with the URL of a server that will do for most tests. */
  readonly variable: string;
  readonly exampleUrl: string;
  find(): FoundServer | undefined;
  /** Those of `packages` that have to be installed; all by default. */
  missing?(): readonly string[];
}

export interface FoundServer {
  /** The program to run. */
  readonly binary: string;
  /** The file that shows that the server is there. */
  readonly file: string;
}

/**
 * Docker Compose where an engine answers; else the server that is there; else it is installed from Debian's packages.
 * @param mayInstall false when a server was given by address and nothing shall be installed beside it
 * @throws Error that says the choices
 */
export function chooseServerRuntime(kind: NativeKind, mayInstall: boolean): ChosenRuntime {
  if (dockerComposeAnswers()) return { runtime: { kind: 'docker' }, why: 'Docker Compose' };
  const found = kind.find();
  if (found !== undefined) return chosen(found, 'installed before');
  const { wanted, lack, packages, variable, exampleUrl } = kind;
  const obstacle = mayInstall ? whyNotInstallable() : `${variable} is set, so nothing is installed`;
  if (obstacle !== undefined) {
    throw new Error(
      `These tests need ${wanted} of their own. No Docker engine with Compose answers, ${lack}, and ${obstacle}. Start Docker, or install ${packages.join(' and ')}; for the tests that torment no server, ${variable}=${exampleUrl} is enough`,
    );
  }
  const startedMs = performance.now();
  const missing = kind.missing?.() ?? packages;
  installDebianPackages(missing);
  const installed = kind.find();
  if (installed === undefined) throw new Error(`${missing.join(' and ')} were installed, and yet ${lack}`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  return chosen(installed, `installed from ${missing.join(', ')} in ${seconds} s`);
}

function chosen({ binary, file }: FoundServer, how: string): ChosenRuntime {
  return { runtime: { kind: 'native', binary }, why: `${file}, ${how}` };
}

/** True when an engine and Compose are there. */
function dockerComposeAnswers(): boolean {
  const answers = (...args: string[]) => spawnSync('docker', args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
  return answers('info') && answers('compose', 'version');
}
