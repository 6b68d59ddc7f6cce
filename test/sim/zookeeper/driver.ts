import type {
  DriverClient,
  DriverInternals,
  DriverSocket,
  DriverStat,
  DriverTransaction,
} from '../../../src/stores/zookeeper/zookeeper-driver.ts';
import type { Reply, Request, ToClient } from './wire.ts';
import { CODE, type Mode, type StepResult, type WriteStep, type Znode } from './znodes.ts';

/** A socket of the driver's, as the network gives it. */
export interface SimSocket extends DriverSocket {
  hello(sessionId: bigint, timeoutMs: number, zxid: number): void;
  request(request: Request): void;
}

export interface DriverNetwork {
  /** @param received whatever comes, until the socket is destroyed; "end" once and last, also when it is destroyed */
  connect(server: number, received: (message: ToClient) => void): SimSocket;
  /** A timer of the process. */
  after(delayMs: number, run: () => void): void;
  readonly servers: number;
}

/** States of the driver's own. */
const STATE = { disconnected: 0, connecting: 1, connected: 2, closing: -1, closed: -2, expired: -3 } as const;

type Handler = (code: number, reply?: Reply) => void;
type Callback<Results extends readonly unknown[]> = (error: Error | null | undefined, ...results: Results) => void;

/**
 * Does what node-zookeeper-client 1.1.3 does, traps included: what is asked for while it is not connected waits in a
 * queue; nothing has a deadline; a server that falls silent goes unnoticed; an expired session is the end; a version of
 * 0 in a transaction is none. (Its pings never come, for Frond's own heartbeat leaves no pause long enough.)
 */
export class SimDriverClient implements DriverClient {
  readonly connectionManager: Internals;

  constructor(network: DriverNetwork, sessionTimeoutMs: number) {
    this.connectionManager = new Internals(network, sessionTimeoutMs);
  }

  connect(): void {
    this.connectionManager.connect();
  }

  close(): void {
    this.connectionManager.close();
  }

  getSessionId(): Buffer {
    return long(this.connectionManager.sessionId);
  }

  getSessionTimeout(): number {
    return this.connectionManager.sessionTimeoutMs;
  }

  addAuthInfo(): void {}

  create(path: string, data: Buffer, _acls: readonly unknown[], mode: number, callback: Callback<[string]>): void {
    this.#write([{ op: 'create', path, data, mode: MODES[mode]! }], callback, result => [result.path!]);
  }

  setData(path: string, data: Buffer, version: number, callback: Callback<[DriverStat]>): void {
    this.#write([{ op: 'setData', path, data, version }], callback, result => [statOf(result.node!)]);
  }

  remove(path: string, version: number, callback: Callback<[]>): void {
    this.#write([{ op: 'remove', path, version }], callback, () => []);
  }

  getData(path: string, callback: Callback<[Buffer | undefined, DriverStat]>): void {
    this.#read(path, callback, node => [node.data, statOf(node)]);
  }

  getChildren(path: string, callback: Callback<[string[], DriverStat]>): void {
    this.#read(path, callback, node => [[...node.children], statOf(node)]);
  }

  exists(path: string, callback: Callback<[DriverStat | null]>): void {
    this.connectionManager.queue({ kind: 'read', path }, (code, reply) => {
      if (code !== CODE.ok) callback(exception(code), ...([] as unknown as [null]));
      else callback(null, reply!.node === undefined ? null : statOf(reply!.node));
    });
  }

  transaction(): DriverTransaction {
    const steps: WriteStep[] = [];
    const transaction: DriverTransaction = {
      create(path, data, _acls, mode) {
        steps.push({ op: 'create', path, data, mode: MODES[mode]! });
        return transaction;
      },
      setData(path, data, version) {
        steps.push({ op: 'setData', path, data, version: version || -1 });
        return transaction;
      },
      remove(path, version) {
        steps.push({ op: 'remove', path, version: version || -1 });
        return transaction;
      },
      commit: callback => this.#write(steps, callback, () => []),
    };
    return transaction;
  }

  #write<R extends readonly unknown[] | []>(
    steps: readonly WriteStep[],
    callback: Callback<R>,
    results: (first: StepResult) => R,
  ): void {
    this.connectionManager.queue({ kind: 'write', steps }, (code, reply) => {
      const cause = code !== CODE.ok ? code : reply!.results.find(each => each.code !== CODE.ok)?.code;
      if (cause !== undefined) callback(exception(cause), ...([] as unknown as R));
      else callback(null, ...results(reply!.results[0]!));
    });
  }

  #read<R extends readonly unknown[] | []>(path: string, callback: Callback<R>, results: (node: Znode) => R): void {
    this.connectionManager.queue({ kind: 'read', path }, (code, reply) => {
      const cause = code === CODE.ok && reply!.node === undefined ? CODE.noNode : code;
      if (cause !== CODE.ok) callback(exception(cause), ...([] as unknown as R));
      else callback(null, ...results(reply!.node!));
    });
  }
}

/** The driver's ConnectionManager. */
class Internals implements DriverInternals {
  socket: SimSocket | undefined;
  pendingBuffer: Buffer | null = null;
  connectTimeoutHandler: NodeJS.Timeout | null = null;
  readonly packetQueue: { readonly queue: { request: Request; handler: Handler }[] } = { queue: [] };
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  sessionId = 0n;
  sessionTimeoutMs: number;
  readonly #network: DriverNetwork;
  readonly #pending: Handler[] = [];
  readonly #listeners: ((state: number) => void)[] = [];
  #state: number = STATE.disconnected;
  #zxid = 0;

  constructor(network: DriverNetwork, sessionTimeoutMs: number) {
    this.#network = network;
    this.sessionTimeoutMs = sessionTimeoutMs;
    this.servers = Array.from({ length: network.servers }, (_, i) => ({ host: 's', port: i }));
  }

  connect(): void {
    this.#to(STATE.connecting);
    this.findNextServer(server => {
      const socket = this.#network.connect(Number(server.port), message => this.#received(message));
      this.socket = socket;
      let isOpen = false;
      this.#opened = () => {
        isOpen = true;
      };
      this.#network.after(Math.floor(this.sessionTimeoutMs / this.servers.length), () => {
        if (!isOpen) socket.destroy();
      });
    });
  }

  close(): void {
    this.#to(STATE.closing);
    this.queue({ kind: 'close session' }, () => {});
  }

  /** Replaced by Frond. */
  findNextServer(callback: (server: DriverInternals['servers'][number]) => void): void {
    callback(this.servers[0]!);
  }

  onSocketData(): void {}

  onSocketError(_error: Error): void {}

  on(_event: 'state', listener: (state: number) => void): void {
    this.#listeners.push(listener);
  }

  queue(request: Request, handler: Handler): void {
    const { closed, closing, expired } = STATE;
    const isLost = this.#state === closed || (this.#state === closing && request.kind !== 'close session');
    if (isLost || this.#state === expired) {
      handler(isLost ? CODE.connectionLoss : CODE.sessionExpired);
      return;
    }
    this.packetQueue.queue.push({ request, handler });
    this.#flush();
  }

  #opened: () => void = () => {};

  #flush(): void {
    if (this.#state !== STATE.connected && this.#state !== STATE.closing) return;
    for (;;) {
      const packet = this.packetQueue.queue.shift();
      if (packet === undefined) return;
      this.#pending.push(packet.handler);
      this.socket!.request(packet.request);
    }
  }

  #received(message: ToClient): void {
    if (message.kind === 'open') {
      this.#opened();
      this.socket!.hello(this.sessionId, this.sessionTimeoutMs, this.#zxid);
    } else if (message.kind === 'welcome') {
      this.#welcomed(message.sessionId, message.timeoutMs);
    } else if (message.kind === 'reply') {
      const handler = this.#pending.shift();
      if (handler === undefined) {
        this.socket!.destroy();
        return;
      }
      if (message.reply.zxid > 0) this.#zxid = message.reply.zxid;
      const { results } = message.reply;
      // One of several steps is the transaction's own affair; that of a single request is the answer's.
      handler(
        results.length === 1 && results[0]!.code === CODE.sessionExpired ? CODE.sessionExpired : CODE.ok,
        message.reply,
      );
    } else {
      if (message.reason !== '') this.onSocketError(new Error(message.reason));
      this.#closed();
    }
  }

  #welcomed(sessionId: bigint, timeoutMs: number): void {
    if (this.#state !== STATE.connecting) return;
    if (timeoutMs <= 0) {
      this.#to(STATE.expired);
      return;
    }
    this.sessionId = sessionId;
    this.sessionTimeoutMs = timeoutMs;
    this.#to(STATE.connected);
    this.#flush();
  }

  #closed(): void {
    const state = this.#state;
    const code = state === STATE.expired ? CODE.sessionExpired : CODE.connectionLoss;
    for (let handler = this.#pending.shift(); handler !== undefined; handler = this.#pending.shift()) handler(code);
    this.#to(STATE.disconnected);
    if (state === STATE.closing || state === STATE.expired) this.#to(STATE.closed);
    else this.connect();
  }

  #to(state: number): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** The driver's numbers for the kinds of node. */
export const CREATE_MODE = { PERSISTENT: 0, EPHEMERAL: 1, PERSISTENT_SEQUENTIAL: 2 } as const;
const MODES: readonly Mode[] = ['persistent', 'ephemeral', 'sequential'];

function statOf({ version, creations, children, mtimeMs, ephemeralOwner }: Znode): DriverStat {
  const numChildren = children.length;
  // ZooKeeper counts creations, and shows creations + deletions.
  const cversion = 2 * creations - numChildren;
  return { version, cversion, numChildren, mtime: long(BigInt(mtimeMs)), ephemeralOwner: long(ephemeralOwner) };
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function exception(code: number): Error {
  return Object.assign(new Error(`Exception: [${code}]`), { code });
}
