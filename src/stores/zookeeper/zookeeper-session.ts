import { type BackoffPolicy, backoffMs } from '../../system/backoff.ts';
import type { System } from '../../system/system.ts';
import type { Cancel } from '../../system/timers.ts';
import { ZookeeperConnection } from './zookeeper-connection.ts';
import { type Driver, type DriverClient, type DriverStat, loadDriver } from './zookeeper-driver.ts';
import { ZookeeperError } from './zookeeper-error.ts';
import type { MultiStep, NodeData, NodeKind, NodeStat, ZookeeperClient } from './zookeeper-port.ts';
import type { ZookeeperAddress } from './zookeeper-url.ts';

export interface ZookeeperSessionOptions {
  readonly address: ZookeeperAddress;
  readonly system: System;
  /** Deadline of each request; ms. */
  readonly timeoutMs: number;
  /** What is asked for; the server may give another. @default 10000 */
  readonly sessionTimeoutMs?: number | undefined;
  /** Where the driver comes from. @default the package node-zookeeper-client */
  readonly load?: (() => Promise<Driver>) | undefined;
}

const RENEW: BackoffPolicy = { firstMs: 100, maxMs: 5000 };
const EMPTY = Buffer.alloc(0);

/** A client over the real driver: one session after another, each on a connection object of its own. */
export class ZookeeperSession implements ZookeeperClient {
  readonly name: string;
  readonly #options: ZookeeperSessionOptions;
  readonly #waiters = new Set<() => void>();
  #driver: Driver | undefined;
  #client: DriverClient | undefined;
  #connection: ZookeeperConnection | undefined;
  #starting: Promise<void> | undefined;
  #failures = 0;
  #reason = 'it is not connected';
  #cancelRetry: Cancel = () => {};
  #closing: Promise<void> | undefined;

  constructor(options: ZookeeperSessionOptions) {
    this.#options = options;
    this.name = options.address.name;
  }

  get sessionId(): bigint | undefined {
    return this.#connection?.isConnected ? this.#client?.getSessionId().readBigInt64BE() : undefined;
  }

  async connect(timeoutMs: number): Promise<void> {
    const { system, load = loadDriver } = this.#options;
    const { timers } = system;
    this.#starting ??= load().then(driver => {
      this.#driver = driver;
      this.#renew();
    });
    await this.#starting;
    if (this.#connection?.isConnected) return;
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        cancel();
        this.#waiters.delete(settle);
        if (this.#connection?.isConnected) resolve();
        else reject(this.#notConnected(this.#closing ? '' : ` within ${timeoutMs} ms`));
      };
      const cancel = timers.after(timeoutMs, settle);
      this.#waiters.add(settle);
      if (this.#closing) settle();
    });
  }

  create(path: string, data: Buffer, kind: NodeKind): Promise<string> {
    return this.#request((client, done: Done<string>) => client.create(path, data, this.#acls, this.#mode(kind), done));
  }

  getData(path: string): Promise<NodeData> {
    return this.#request((client, done: Done<NodeData>) =>
      client.getData(path, (error, data, stat) =>
        error ? done(error) : done(undefined, { data: data ?? EMPTY, stat: statOf(stat) }),
      ),
    );
  }

  setData(path: string, data: Buffer, version: number): Promise<NodeStat> {
    return this.#request((client, done: Done<NodeStat>) =>
      client.setData(path, data, version, (error, stat) => (error ? done(error) : done(undefined, statOf(stat)))),
    );
  }

  remove(path: string, version: number): Promise<void> {
    return this.#request((client, done: Done<void>) => client.remove(path, version, error => done(error)));
  }

  exists(path: string): Promise<NodeStat | undefined> {
    return this.#request((client, done: Done<NodeStat | undefined>) =>
      client.exists(path, (error, stat) => done(error, stat ? statOf(stat) : undefined)),
    );
  }

  getChildren(path: string): Promise<{ names: readonly string[]; stat: NodeStat }> {
    return this.#request((client, done: Done<{ names: readonly string[]; stat: NodeStat }>) =>
      client.getChildren(path, (error, names, stat) =>
        error ? done(error) : done(undefined, { names, stat: statOf(stat) }),
      ),
    );
  }

  async multi(steps: readonly MultiStep[]): Promise<void> {
    for (const step of steps) {
      // The driver turns a version of 0 into -1, "any".
      if (step.op === 'setData' && !(step.version >= 1)) {
        throw new ZookeeperError(
          'NOT_SENT',
          `a multi with version ${step.version} of ${step.path} would guard nothing`,
        );
      }
    }
    await this.#request((client, done: Done<void>) => {
      const transaction = client.transaction();
      for (const step of steps) {
        if (step.op === 'create') transaction.create(step.path, step.data, this.#acls, this.#mode(step.kind));
        else if (step.op === 'remove') transaction.remove(step.path, -1);
        else transaction.setData(step.path, step.data, step.version);
      }
      // The first code that is not 0 is the cause; the driver gives just that one.
      transaction.commit(error => done(error));
    });
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#reason = 'it was closed by this process';
      this.#cancelRetry();
      this.#wake();
      await this.#starting?.catch(() => {});
      await this.#connection?.close();
    })();
    return this.#closing;
  }

  /** With credentials only they may touch what we create. */
  get #acls(): readonly unknown[] {
    const { ACL } = this.#driver as Driver;
    return this.#options.address.credentials === undefined ? ACL.OPEN_ACL_UNSAFE : ACL.CREATOR_ALL_ACL;
  }

  #mode(kind: NodeKind): number {
    const { CreateMode } = this.#driver as Driver;
    if (kind === 'ephemeral') return CreateMode.EPHEMERAL;
    return kind === 'sequential' ? CreateMode.PERSISTENT_SEQUENTIAL : CreateMode.PERSISTENT;
  }

  #request<T>(send: (client: DriverClient, done: Done<T>) => void): Promise<T> {
    if (this.#closing || this.#connection === undefined) return Promise.reject(this.#notConnected(''));
    return this.#connection.request<T>((client, done) => send(client, (error, value) => done(error, value as T)));
  }

  #notConnected(suffix: string): ZookeeperError {
    const reason = this.#closing ? this.#reason : (this.#connection?.reason ?? this.#reason);
    return new ZookeeperError('NOT_SENT', `not connected${suffix}: ${reason}`);
  }

  #wake(): void {
    for (const settle of [...this.#waiters]) settle();
  }

  /** A new session on a new driver client: an expired one never works again. */
  #renew(): void {
    if (this.#closing || this.#driver === undefined) return;
    const { address, system, timeoutMs, sessionTimeoutMs = 10_000 } = this.#options;
    const client = this.#driver.createClient(address.servers.join(','), {
      sessionTimeout: sessionTimeoutMs,
      retries: 0,
    });
    if (address.credentials !== undefined) client.addAuthInfo('digest', Buffer.from(address.credentials));
    const { logger } = system;
    const connection = new ZookeeperConnection({
      client,
      system,
      sessionTimeoutMs,
      timeoutMs,
      events: {
        connected: () => {
          this.#failures = 0;
          logger.info({ store: this.name }, 'connected to ZooKeeper');
          this.#wake();
        },
        disconnected: reason => logger.warn({ store: this.name, reason }, 'connection to ZooKeeper lost'),
        dead: reason => {
          logger.warn({ store: this.name, reason }, 'session with ZooKeeper lost; a new one will be made');
          const delayMs = backoffMs(RENEW, ++this.#failures, system.random);
          this.#cancelRetry = system.timers.background(delayMs, () => this.#renew());
        },
      },
    });
    this.#client = client;
    this.#connection = connection;
    connection.connect();
  }
}

type Done<T> = (error: unknown, value?: T) => void;

function statOf(stat: DriverStat): NodeStat {
  return {
    version: stat.version,
    cversion: stat.cversion,
    childCount: stat.numChildren,
    mtimeMs: Number(stat.mtime.readBigInt64BE()),
    ephemeralOwner: stat.ephemeralOwner.readBigInt64BE(),
  };
}
