import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type ChosenRuntime, chooseServerRuntime, type FoundServer } from './server-runtime.ts';

/** Where Debian's package puts the server; its manifest names the jars that it needs. */
export const ZOOKEEPER_JAR = '/usr/share/java/zookeeper.jar';
const SERVER_PACKAGE = 'zookeeper';
const JRE_PACKAGE = 'default-jre-headless';

/**
 * Docker Compose where an engine answers; else Debian's ZooKeeper that is there; else it is installed, with a Java
 * runtime if there is none.
 * @param mayInstall false when a server was given by address and nothing shall be installed beside it
 * @throws Error that says the choices
 */
export function chooseZookeeperRuntime(mayInstall: boolean): ChosenRuntime {
  const kind = {
    wanted: 'a ZooKeeper',
    lack: `${ZOOKEEPER_JAR} or java is missing`,
    packages: [SERVER_PACKAGE, JRE_PACKAGE],
    variable: 'FROND_TEST_ZOOKEEPER_URL',
    exampleUrl: 'zookeeper://host:2181',
    find: findZookeeper,
    missing: () => (findJava() === undefined ? [SERVER_PACKAGE, JRE_PACKAGE] : [SERVER_PACKAGE]),
  };
  return chooseServerRuntime(kind, mayInstall);
}

function findZookeeper(): FoundServer | undefined {
  const java = findJava();
  return java !== undefined && existsSync(ZOOKEEPER_JAR) ? { binary: java, file: ZOOKEEPER_JAR } : undefined;
}

function findJava(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map(folder => join(folder, 'java')).find(path => existsSync(path));
}
