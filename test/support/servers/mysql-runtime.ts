import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type ChosenRuntime, chooseServerRuntime, type FoundServer } from './server-runtime.ts';

/** mariadbd and what mariadb-install-db calls: unlike `mariadb-server` they start no service of their own. */
const PACKAGES = ['mariadb-server-core', 'mariadb-client-core'];
const PROGRAMS = ['mariadb-install-db', 'my_print_defaults'];

/**
 * Docker Compose where an engine answers; else a mariadbd that is there; else Debian's package.
 * @param mayInstall false when a server was given by address and nothing shall be installed beside it
 * @throws Error that says the choices
 */
export function chooseMysqlRuntime(mayInstall: boolean): ChosenRuntime {
  const kind = {
    wanted: 'a MySQL or MariaDB',
    lack: 'no mariadbd is on PATH',
    packages: PACKAGES,
    variable: 'FROND_TEST_MYSQL_URL',
    exampleUrl: 'mysql://user:password@host:3306',
    find: findMariadbd,
  };
  return chooseServerRuntime(kind, mayInstall);
}

/** mariadbd, when it and the programs that make its data directory are there. */
function findMariadbd(): FoundServer | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const find = (program: string) => folders.map(folder => join(folder, program)).find(path => existsSync(path));
  const binary = PROGRAMS.every(find) ? find('mariadbd') : undefined;
  return binary === undefined ? undefined : { binary, file: binary };
}
