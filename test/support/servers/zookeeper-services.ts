import type { Runtime, ZookeeperOptions, ZookeeperServer } from './local-server.ts';
import { SharedServer } from './shared-server.ts';
import { DockerZookeeper } from './zookeeper-docker.ts';
import { NativeZookeeper } from './zookeeper-native.ts';
import { untilZookeeperAnswers } from './zookeeper-ready.ts';
import { chooseZookeeperRuntime } from './zookeeper-runtime.ts';

/** What the desk offers of ZooKeeper: `zookeeper` is the URL of the shared server, `zookeeper-runtime` how to run one's own. */
export class ZookeeperServices extends SharedServer {
  constructor() {
    super({
      service: 'zookeeper',
      title: 'ZooKeeper',
      variable: 'FROND_TEST_ZOOKEEPER_URL',
      choose: chooseZookeeperRuntime,
      create: newZookeeper,
      untilAnswers: untilZookeeperAnswers,
    });
  }
}

/** A server that is not started yet. */
export function newZookeeper(runtime: Runtime, options: ZookeeperOptions = {}): ZookeeperServer {
  return runtime.kind === 'docker' ? DockerZookeeper.alone(options) : new NativeZookeeper(runtime.binary, options);
}

/** The three servers of an ensemble that is not started yet. */
export async function newEnsemble(
  runtime: Runtime,
  options: ZookeeperOptions = {},
): Promise<readonly ZookeeperServer[]> {
  return runtime.kind === 'docker' ? DockerZookeeper.three(options) : NativeZookeeper.three(runtime.binary, options);
}
