import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installDebianPackages, whyNotInstallable } from './debian-package.ts';
import type { Runtime } from './local-server.ts';

/** mariadbd and what mariadb-install-db calls: unlike `mariadb-server` they start no service of their own. */
const PACKAGES = ['mariadb-server-core', 'mariadb-client-core'];
const PROGRAMS = ['mariadb-install-db', 'my_print_defaults'];

export interface ChosenRuntime {
  readonly runtime: Runtime;
  /** How it came about, for the one line that the set-up prints. */
  readonly why: string;
}

/**
 * Docker Compose where an engine answers; else a mariadbd that is there; else Debian's package.
 * @param mayInstall false when a server was given by address and nothing shall be installed beside it
 * @throws Error that says the choices
 */
export function chooseMysqlRuntime(mayInstall: boolean): ChosenRuntime {
  if (dockerComposeAnswers()) return { runtime: { kind: 'docker' }, why: 'Docker Compose' };
  const found = findMariadbd();
  if (found) return { runtime: { kind: 'native', binary: found }, why: `${found}, installed before` };
  const obstacle = mayInstall ? whyNotInstallable() : 'FROND_TEST_MYSQL_URL is set, so nothing is installed';
  if (obstacle !== undefined) {
    throw new Error(
      `These tests need a MySQL or MariaDB of their own. No Docker engine with Compose answers, no mariadbd is on PATH, and ${obstacle}. Start Docker, or install ${PACKAGES.join(' and ')}; for the tests that torment no server, FROND_TEST_MYSQL_URL=mysql://user:password@host:3306 is enough`,
    );
  }
  const startedMs = performance.now();
  installDebianPackages(PACKAGES);
  const installed = findMariadbd();
  if (!installed)
    throw new Error(`${PACKAGES.join(' and ')} were installed, but mariadbd is neither on PATH nor in /usr/sbin`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  return {
    runtime: { kind: 'native', binary: installed },
    why: `${installed}, installed from ${PACKAGES.join(', ')} in ${seconds} s`,
  };
}

/** True when an engine and Compose are there. */
export function dockerComposeAnswers(): boolean {
  const answers = (...args: string[]) => spawnSync('docker', args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
  return answers('info') && answers('compose', 'version');
}

/** The path of mariadbd, when it and the programs that make its data directory are there. */
function findMariadbd(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const find = (program: string) => folders.map(folder => join(folder, program)).find(path => existsSync(path));
  return PROGRAMS.every(find) ? find('mariadbd') : undefined;
}
