import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installDebianPackages, whyNotInstallable } from './debian-package.ts';
import type { Runtime } from './local-server.ts';
import { type ChosenRuntime, dockerComposeAnswers } from './mysql-runtime.ts';

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
  if (dockerComposeAnswers()) return { runtime: { kind: 'docker' }, why: 'Docker Compose' };
  const found = findRuntime();
  if (found) return { runtime: found, why: `${ZOOKEEPER_JAR}, installed before` };
  const obstacle = mayInstall ? whyNotInstallable() : 'FROND_TEST_ZOOKEEPER_URL is set, so nothing is installed';
  if (obstacle !== undefined) {
    throw new Error(
      `These tests need a ZooKeeper of their own. No Docker engine with Compose answers, ${ZOOKEEPER_JAR} or java is missing, and ${obstacle}. Start Docker, or install ${SERVER_PACKAGE} and ${JRE_PACKAGE}; for the tests that torment no server, FROND_TEST_ZOOKEEPER_URL=zookeeper://host:2181 is enough`,
    );
  }
  const startedMs = performance.now();
  const missing = findJava() ? [SERVER_PACKAGE] : [SERVER_PACKAGE, JRE_PACKAGE];
  installDebianPackages(missing);
  const installed = findRuntime();
  if (!installed) throw new Error(`${missing.join(' and ')} were installed, but ${ZOOKEEPER_JAR} or java is missing`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  return { runtime: installed, why: `${ZOOKEEPER_JAR}, installed from ${missing.join(', ')} in ${seconds} s` };
}

function findRuntime(): Runtime | undefined {
  const java = findJava();
  return java !== undefined && existsSync(ZOOKEEPER_JAR) ? { kind: 'native', binary: java } : undefined;
}

function findJava(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map(folder => join(folder, 'java')).find(path => existsSync(path));
}
