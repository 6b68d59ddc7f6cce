import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { ZookeeperServer } from './local-server.ts';
import { ServerProcess } from './server-process.ts';
import { ThrowAwayFolder } from './throw-away-folder.ts';
import { untilZookeeperAnswers } from './zookeeper-ready.ts';
import { ZOOKEEPER_JAR } from './zookeeper-runtime.ts';

/** A standalone ZooKeeper on a free loopback port, with a throw-away data directory and a short tick. */
export class NativeZookeeper implements ZookeeperServer {
  readonly host = '127.0.0.1';
  port = 0;
  readonly #java: string;
  #folder: ThrowAwayFolder | undefined;
  #process: ServerProcess | undefined;

  constructor(java: string) {
    this.#java = java;
  }

  get url(): string {
    return `zookeeper://${this.host}:${this.port}`;
  }

  async start(): Promise<void> {
    this.#folder = new ThrowAwayFolder('zookeeper');
    this.port = await freePort();
    writeFileSync(join(this.#folder.path, 'zoo.cfg'), this.#configuration(this.#folder.path));
    await this.restart();
  }

  async pause(): Promise<void> {
    await this.#process?.pause();
  }

  async resume(): Promise<void> {
    this.#process?.resume();
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async restart(): Promise<void> {
    if (this.#folder === undefined) throw new Error('start() has not been called');
    await this.#process?.terminate();
    const { path } = this.#folder;
    const child = new ServerProcess(this.#java, this.#args(path), join(path, 'server.log'));
    this.#process = child;
    await untilZookeeperAnswers(this.url, () =>
      child.hasExited ? `ZooKeeper ended at its start:\n${child.logTail}` : undefined,
    );
  }

  async stop(): Promise<void> {
    // Nobody needs the data: no orderly shutdown.
    await this.#process?.kill();
    this.#folder?.remove();
  }

  #configuration(folder: string): string {
    return [
      'tickTime=200',
      'maxSessionTimeout=60000',
      `dataDir=${folder}/data`,
      `clientPort=${this.port}`,
      'clientPortAddress=127.0.0.1',
      'maxClientCnxns=0',
      'admin.enableServer=false',
      '',
    ].join('\n');
  }

  #args(folder: string): string[] {
    return [
      '-Xmx96m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      // The kernel outlives a killed server; only a power loss would need the syncs.
      '-Dzookeeper.forceSync=no',
      '-cp',
      ZOOKEEPER_JAR,
      'org.apache.zookeeper.server.ZooKeeperServerMain',
      join(folder, 'zoo.cfg'),
    ];
  }
}
