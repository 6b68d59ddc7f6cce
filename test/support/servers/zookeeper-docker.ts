import { ComposeProject, DockerServer } from './docker-server.ts';
import type { ZookeeperOptions, ZookeeperServer } from './local-server.ts';
import { untilZookeeperAnswers } from './zookeeper-ready.ts';

const PORT = 'FROND_TEST_ZOOKEEPER_PORT';
const MEMBERS = [1, 2, 3];

function variables({ maxSessionMs }: ZookeeperOptions): Record<string, string> {
  return maxSessionMs === undefined ? {} : { FROND_TEST_ZOOKEEPER_MAX_SESSION_MS: String(maxSessionMs) };
}

/** A container of a Compose project. */
export class DockerZookeeper extends DockerServer implements ZookeeperServer {
  get url(): string {
    return `zookeeper://${this.host}:${this.port}`;
  }

  protected untilReady(): Promise<void> {
    return untilZookeeperAnswers(this.url, () => undefined);
  }

  /** A server of `zookeeper-compose.yaml`, alone. */
  static alone(options: ZookeeperOptions): DockerZookeeper {
    const project = new ComposeProject('zookeeper-compose.yaml', [PORT], variables(options));
    return new DockerZookeeper(project, 'zookeeper', PORT);
  }

  /** The three servers of `zookeeper-ensemble-compose.yaml`. */
  static three(options: ZookeeperOptions): readonly DockerZookeeper[] {
    const ports = MEMBERS.map(id => `${PORT}_${id}`);
    const project = new ComposeProject('zookeeper-ensemble-compose.yaml', ports, variables(options));
    return MEMBERS.map((id, i) => new DockerZookeeper(project, `zookeeper${id}`, ports[i]!));
  }
}
