import type { TestProject } from 'vitest/node';
import { CHROMIUM_SERVICES } from './servers/chromium.ts';
import { MysqlServices } from './servers/mysql-services.ts';
import { PROMETHEUS_SERVICES } from './servers/prometheus-services.ts';
import { ServerDesk } from './servers/server-desk.ts';
import { ZookeeperServices } from './servers/zookeeper-services.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the desk that starts shared servers when the first test asks for one. */
    serverDesk: string;
  }
}

/**
 * Refuses to run on a Node that is not the pinned one (a skipped install script must not silently test another
 * runtime), and opens the desk for shared servers. The function it returns stops whatever the desk started.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 26) {
    throw new Error(
      `The tests need Node 26 but run on ${process.version}; run "npm ci" without --ignore-scripts and use npm test`,
    );
  }
  const mysql = new MysqlServices();
  const zookeeper = new ZookeeperServices();
  const others = { ...CHROMIUM_SERVICES, ...PROMETHEUS_SERVICES };
  const desk = new ServerDesk({ ...mysql.services, ...zookeeper.services, ...others });
  project.provide('serverDesk', await desk.open());
  return async () => {
    await desk.close();
    await mysql.close();
    await zookeeper.close();
  };
}
