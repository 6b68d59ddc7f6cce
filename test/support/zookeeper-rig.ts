import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { ZookeeperSession } from '../../src/stores/zookeeper/zookeeper-session.ts';
import { SERVER_SETUP_MS } from './mysql.ts';
import type { ZookeeperServer } from './servers/local-server.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { waitUntil } from './wait-until.ts';
import { newSession, newTreeName, startOwnZookeeper, type TestSessionOptions } from './zookeeper.ts';

/** Sessions are long by default, so that no heartbeat comes between a test and its fault. */
const LONG_SESSION_MS = 30_000;

/**
 * A server to torment for one test file, with a new proxy for each test. After each test everything is closed, and no
 * connection through the proxy may be left.
 */
export class ZookeeperRig {
  server!: ZookeeperServer;
  proxy!: TcpProxy;
  /** A node that only this test uses; not created yet. */
  path!: string;
  readonly #closing: (() => Promise<void>)[] = [];

  /** Registers the hooks of Vitest; call it at the top of the file. */
  constructor() {
    beforeAll(async () => {
      this.server = await startOwnZookeeper();
    }, SERVER_SETUP_MS);
    afterAll(() => this.server?.stop());
    beforeEach(async () => {
      this.path = `/${newTreeName()}`;
      this.proxy = await this.newProxy();
    });
    afterEach(async () => {
      // A test that failed may have left the server frozen.
      await this.server.resume();
      for (const close of this.#closing.splice(0).reverse()) await close();
    });
  }

  /** One more proxy in front of the same server. */
  async newProxy(): Promise<TcpProxy> {
    const proxy = new TcpProxy(this.server);
    await proxy.start();
    this.#closing.push(async () => {
      proxy.pass();
      await waitUntil('every connection to be closed', () => proxy.connectionCount === 0);
      await proxy.stop();
    });
    return proxy;
  }

  /** The address of the proxy in front of the server. */
  get proxyUrl(): string {
    return `zookeeper://${this.proxy.host}:${this.proxy.port}`;
  }

  /** Has a session or store closed after the test. */
  adopt<T extends { close(): Promise<void> }>(each: T): T {
    this.#closing.push(() => each.close());
    return each;
  }

  /** A session that is not connected yet, through the proxy. */
  session(options: TestSessionOptions = {}, url = this.proxyUrl): ZookeeperSession {
    return this.adopt(newSession(url, { sessionTimeoutMs: LONG_SESSION_MS, timeoutMs: 2000, ...options }));
  }

  async connected(options: TestSessionOptions = {}, url = this.proxyUrl): Promise<ZookeeperSession> {
    const session = this.session(options, url);
    await session.connect(20_000);
    return session;
  }

  /** A session past the proxy, to look and to prepare with. */
  witness(): Promise<ZookeeperSession> {
    return this.connected({}, this.server.url);
  }
}

/** Resolves with the number of the session when it is connected (again). */
export function untilConnected(session: ZookeeperSession): Promise<bigint> {
  return waitUntil('the session to be connected', () => session.sessionId);
}

export function untilDisconnected(session: ZookeeperSession): Promise<boolean> {
  return waitUntil('the session to be disconnected', () => session.sessionId === undefined);
}
