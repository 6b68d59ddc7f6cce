import { reasonOf } from '../../errors.ts';
import { type BackoffPolicy, backoffMs } from '../../system/backoff.ts';
import type { System } from '../../system/system.ts';
import type { Cancel } from '../../system/timers.ts';
import { assertKnownInside, DRIVER_STATE, type DriverClient, type DriverSocket } from './zookeeper-driver.ts';
import { ZookeeperError, zookeeperErrorOf } from './zookeeper-error.ts';

/** Told of the life of one session. `dead` comes once and last: it needs a new connection object. */
export interface ConnectionEvents {
  readonly connected: () => void;
  readonly disconnected: (reason: string) => void;
  readonly dead: (reason: string) => void;
}

export interface ConnectionParts {
  readonly client: DriverClient;
  readonly system: System;
  readonly sessionTimeoutMs: number;
  /** Deadline of each request, ms. */
  readonly timeoutMs: number;
  readonly events: ConnectionEvents;
}

const RECONNECT: BackoffPolicy = { firstMs: 50, maxMs: 1000 };
/** How long the farewell to the server may take. */
const CLOSE_WAIT_MS = 1000;

/**
 * One session over the driver's client, with what the driver lacks: deadlines, a heartbeat that notices a hung server,
 * a watch over the handshake, an end after which nothing happens any more. What it can get wrong (requests queued
 * while disconnected, unknown error codes, half a frame left from an old connection) is kept from it.
 */
export class ZookeeperConnection {
  readonly #parts: ConnectionParts;
  /** The requests under way, each by the function that ends it. */
  readonly #pending = new Set<(error: ZookeeperError) => void>();
  #connected = false;
  #ended = false;
  #reason = 'no server has answered yet';
  #downSinceMs: number;
  #tries = 0;
  #nextServer = 0;
  #seenSocket: DriverSocket | undefined;
  #cancelWatch: Cancel = () => {};
  #cancelNext: Cancel = () => {};

  /** @throws FrondError INTERNAL for a driver of another version */
  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#downSinceMs = parts.system.clock.monotonicMs();
    assertKnownInside(parts.client.connectionManager);
    this.#mend();
  }

  get isConnected(): boolean {
    return this.#connected;
  }

  /** Why it is not connected. */
  get reason(): string {
    return this.#reason;
  }

  connect(): void {
    this.#parts.client.connect();
    this.#watchLater();
  }

  /** Drops the TCP connection; the session lives on, and the next server is tried. */
  disconnect(reason: string): void {
    this.#reason = reason;
    const { connectionManager } = this.#parts.client;
    clearTimeout(connectionManager.connectTimeoutHandler ?? undefined);
    connectionManager.socket?.destroy();
  }

  /**
   * Sends one request. Rejects with NOT_SENT at once while not connected: the driver would queue it and send it at
   * some later time.
   * @param timeoutMs after it the answer is unknown, and the connection is not trusted any more
   */
  request<T>(
    send: (client: DriverClient, done: (error: unknown, value: T) => void) => void,
    timeoutMs = this.#parts.timeoutMs,
  ): Promise<T> {
    if (!this.#connected) return Promise.reject(new ZookeeperError('NOT_SENT', `not connected: ${this.#reason}`));
    return new Promise((resolve, reject) => {
      const end = () => {
        cancel();
        this.#pending.delete(fail);
      };
      const fail = (error: ZookeeperError) => {
        end();
        reject(error);
      };
      const cancel = this.#parts.system.timers.after(timeoutMs, () => {
        fail(new ZookeeperError('UNKNOWN', `no answer within ${timeoutMs} ms`));
        this.disconnect(`no answer within ${timeoutMs} ms`);
      });
      this.#pending.add(fail);
      try {
        send(this.#parts.client, (error, value) => {
          if (!this.#pending.has(fail)) return;
          if (error) return fail(zookeeperErrorOf(error));
          end();
          resolve(value);
        });
      } catch (error) {
        fail(new ZookeeperError('NOT_SENT', reasonOf(error), { cause: error }));
      }
    });
  }

  /** Ends the session, with a word to the server if there is a connection. Never throws. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const { socket } = this.#parts.client.connectionManager;
    if (this.#connected && socket !== undefined) {
      this.#connected = false;
      const gone = new Promise<void>(resolve => {
        socket.once('close', () => resolve());
        const cancel = this.#parts.system.timers.after(CLOSE_WAIT_MS, resolve);
        socket.once('close', cancel);
      });
      this.#parts.client.close();
      await gone;
    }
    this.#end('it was closed by this process');
  }

  #end(reason: string): void {
    this.#ended = true;
    this.#connected = false;
    this.#cancelWatch();
    this.#cancelNext();
    const { connectionManager } = this.#parts.client;
    connectionManager.connect = () => {};
    connectionManager.packetQueue.queue.length = 0;
    this.disconnect(reason);
    this.#failPending(reason);
  }

  #die(reason: string): void {
    if (this.#ended) return;
    this.#end(reason);
    this.#parts.events.dead(reason);
  }

  #failPending(reason: string): void {
    for (const fail of [...this.#pending]) fail(new ZookeeperError('UNKNOWN', reason));
  }

  #mend(): void {
    const { connectionManager } = this.#parts.client;
    const onSocketData = connectionManager.onSocketData.bind(connectionManager);
    connectionManager.onSocketData = chunk => {
      try {
        onSocketData(chunk);
      } catch (error) {
        // An error code that the driver does not know, or garbage.
        connectionManager.pendingBuffer = null;
        this.disconnect(`the driver could not read an answer: ${reasonOf(error)}`);
      }
    };
    const onSocketError = connectionManager.onSocketError.bind(connectionManager);
    connectionManager.onSocketError = error => {
      this.#reason = reasonOf(error);
      onSocketError(error);
    };
    connectionManager.findNextServer = callback => this.#chooseServer(callback);
    connectionManager.on('state', state => {
      if (this.#ended) return;
      if (state === DRIVER_STATE.connected) this.#onConnected();
      else if (state === DRIVER_STATE.disconnected) this.#onDisconnected();
      else if (state === DRIVER_STATE.expired) this.#die('the session expired');
      else if (state === DRIVER_STATE.authFailed) this.#die('the server refused the credentials');
    });
  }

  /** Round robin; each server at once, then with growing pauses. Nothing is connected any more after the end. */
  #chooseServer(callback: (server: DriverClient['connectionManager']['servers'][number]) => void): void {
    const { system, client } = this.#parts;
    const { servers } = client.connectionManager;
    const rounds = Math.floor(this.#tries++ / servers.length);
    const delayMs = rounds === 0 ? 0 : backoffMs(RECONNECT, rounds, system.random);
    this.#cancelNext = system.timers.background(delayMs, () => {
      const server = servers[this.#nextServer++ % servers.length];
      if (!this.#ended && server !== undefined) callback(server);
    });
  }

  #onConnected(): void {
    this.#connected = true;
    this.#tries = 0;
    this.#reason = 'the connection was lost';
    // The driver sends the credentials right after this event; whoever waits for it goes on later, behind them.
    this.#parts.events.connected();
  }

  #onDisconnected(): void {
    const { connectionManager } = this.#parts.client;
    connectionManager.pendingBuffer = null;
    connectionManager.packetQueue.queue.length = 0;
    if (!this.#connected) return;
    this.#connected = false;
    this.#downSinceMs = this.#parts.system.clock.monotonicMs();
    this.#failPending(this.#reason);
    this.#parts.events.disconnected(this.#reason);
  }

  #watchLater(): void {
    const { client, system } = this.#parts;
    // The timeout that the server granted, once it has.
    this.#cancelWatch = system.timers.background(Math.ceil(client.getSessionTimeout() / 4), () => {
      this.#watch();
      if (!this.#ended) this.#watchLater();
    });
  }

  /** Connected: a heartbeat. Not connected: a socket seen twice hangs, and a session unseen for long is given up. */
  #watch(): void {
    const { client, system, sessionTimeoutMs } = this.#parts;
    if (this.#connected) {
      this.#seenSocket = undefined;
      const patienceMs = Math.ceil(client.getSessionTimeout() / 3);
      const beat = this.request((driver, done) => driver.exists('/', done), patienceMs);
      beat.catch(() => {});
      return;
    }
    const { socket } = client.connectionManager;
    if (socket !== undefined && !socket.destroyed && socket === this.#seenSocket) this.disconnect('a handshake hung');
    this.#seenSocket = socket;
    const downMs = system.clock.monotonicMs() - this.#downSinceMs;
    if (downMs > 1.5 * sessionTimeoutMs) this.#die(`${this.#reason}; not connected for ${Math.round(downMs)} ms`);
  }
}
