/** ZooKeeper for tests: trees in the shared server, and servers of one's own. */
import { inject } from 'vitest';
import type { SlotLayout } from '../../src/stores/slot-store.ts';
import { initZookeeper } from '../../src/stores/slots/init-zookeeper.ts';
import { ZookeeperSlotStore } from '../../src/stores/slots/zookeeper.ts';
import { ZookeeperSession } from '../../src/stores/zookeeper/zookeeper-session.ts';
import { parseZookeeperUrl } from '../../src/stores/zookeeper/zookeeper-url.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import type { Runtime, ZookeeperOptions, ZookeeperServer } from './servers/local-server.ts';
import { askDesk } from './servers/server-desk.ts';
import { newEnsemble, newZookeeper } from './servers/zookeeper-services.ts';

/** `zookeeper://host:port` of the server that all test files share; started at the first call. */
export function sharedZookeeperUrl(): Promise<string> {
  return askDesk(inject('serverDesk'), 'zookeeper');
}

/**
 * A running server that only the caller uses, to be paused and killed; `stop()` it.
 * @throws Error that says the choices when this machine cannot run one
 */
export async function startOwnZookeeper(options: ZookeeperOptions = {}): Promise<ZookeeperServer> {
  const server = newZookeeper(await askDesk<Runtime>(inject('serverDesk'), 'zookeeper-runtime'), options);
  await server.start();
  return server;
}

/** Three running servers of one ensemble that only the caller uses; `stop()` each. @throws as `startOwnZookeeper` */
export async function startOwnEnsemble(options: ZookeeperOptions = {}): Promise<readonly ZookeeperServer[]> {
  const servers = await newEnsemble(await askDesk<Runtime>(inject('serverDesk'), 'zookeeper-runtime'), options);
  try {
    await Promise.all(servers.map(each => each.start()));
    return servers;
  } catch (error) {
    await Promise.all(servers.map(each => each.stop()));
    throw error;
  }
}

let trees = 0;

/** A name for a tree that no other test uses. */
export function newTreeName(): string {
  return `t${process.pid}-${++trees}-${Math.random().toString(36).slice(2, 8)}`;
}

/** Makes a new tree in the server at `serverUrl`. @returns its URL */
export async function createTree(serverUrl: string, layout: SlotLayout, floorMs = 0): Promise<string> {
  const url = `${serverUrl}/${newTreeName()}`;
  await initZookeeper(url, layout, realSystem, { floorMs });
  return url;
}

export interface TestSessionOptions {
  readonly timeoutMs?: number;
  readonly sessionTimeoutMs?: number;
  readonly system?: System;
}

/** A session that is not connected yet; `close()` it. */
export function newSession(url: string, options: TestSessionOptions = {}): ZookeeperSession {
  const { timeoutMs = 1000, sessionTimeoutMs, system = realSystem } = options;
  return new ZookeeperSession({ address: parseZookeeperUrl(url), system, timeoutMs, sessionTimeoutMs });
}

/** A slot store that is not open yet, on a session of its own. */
export function newSlotStore(url: string, options: TestSessionOptions = {}): ZookeeperSlotStore {
  const { system = realSystem } = options;
  return new ZookeeperSlotStore({
    client: newSession(url, options),
    tree: parseZookeeperUrl(url).tree,
    logger: system.logger,
  });
}
