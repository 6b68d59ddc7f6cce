import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { ZookeeperOptions, ZookeeperServer } from './local-server.ts';
import { NativeServer } from './native-server.ts';
import { untilZookeeperAnswers } from './zookeeper-ready.ts';
import { ZOOKEEPER_JAR } from './zookeeper-runtime.ts';

const MEMBERS = [1, 2, 3];

interface Membership {
  readonly id: number;
  /** `server.N` lines, the same for each. */
  readonly servers: readonly string[];
}

/** A ZooKeeper with a short tick. */
export class NativeZookeeper extends NativeServer implements ZookeeperServer {
  readonly #options: ZookeeperOptions;
  readonly #membership: Membership | undefined;

  /** @param membership in an ensemble; a server without one stands alone */
  constructor(java: string, options: ZookeeperOptions, membership?: Membership) {
    super('zookeeper', java);
    this.#options = options;
    this.#membership = membership;
  }

  /** Three servers that elect a leader; start them together. */
  static async three(java: string, options: ZookeeperOptions): Promise<readonly NativeZookeeper[]> {
    const servers: string[] = [];
    for (const id of MEMBERS) servers.push(`server.${id}=127.0.0.1:${await freePort()}:${await freePort()}`);
    return MEMBERS.map(id => new NativeZookeeper(java, options, { id, servers }));
  }

  get url(): string {
    return `zookeeper://${this.host}:${this.port}`;
  }

  protected prepare(folder: string): void {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'zoo.cfg'), this.#configuration(folder));
    if (this.#membership !== undefined) writeFileSync(join(folder, 'data/myid'), String(this.#membership.id));
  }

  protected args(folder: string): readonly string[] {
    return [
      '-Xmx96m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      // The kernel outlives a killed server; only a power loss would need the syncs.
      '-Dzookeeper.forceSync=no',
      '-cp',
      ZOOKEEPER_JAR,
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      join(folder, 'zoo.cfg'),
    ];
  }

  protected untilReady(obituary: () => string | undefined): Promise<void> {
    return untilZookeeperAnswers(this.url, obituary);
  }

  #configuration(folder: string): string {
    const { maxSessionMs = 60_000 } = this.#options;
    const ensemble =
      this.#membership === undefined ? [] : ['initLimit=50', 'syncLimit=10', ...this.#membership.servers];
    return [
      'tickTime=200',
      `maxSessionTimeout=${maxSessionMs}`,
      `dataDir=${folder}/data`,
      `clientPort=${this.port}`,
      'clientPortAddress=127.0.0.1',
      'maxClientCnxns=0',
      'admin.enableServer=false',
      ...ensemble,
      '',
    ].join('\n');
  }
}
