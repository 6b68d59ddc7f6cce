import { FrondError } from '../../errors.ts';

/** The driver's types as far as Frond uses it: node-zookeeper-client 1.1.3, whose own ones do not fit what it does. */
export interface DriverStat {
  readonly version: number;
  readonly cversion: number;
  readonly numChildren: number;
  /** 64 bits, big-endian, as all of the driver's longs. */
  readonly mtime: Buffer;
  readonly ephemeralOwner: Buffer;
}

type Callback<Results extends readonly unknown[]> = (error: Error | null | undefined, ...results: Results) => void;

export interface DriverTransaction {
  create(path: string, data: Buffer, acls: readonly unknown[], mode: number): this;
  setData(path: string, data: Buffer, version: number): this;
  remove(path: string, version: number): this;
  commit(callback: Callback<[]>): void;
}

export interface DriverClient {
  readonly connectionManager: DriverInternals;
  connect(): void;
  close(): void;
  getSessionId(): Buffer;
  /** Milliseconds: what was asked for, then what the server granted. */
  getSessionTimeout(): number;
  addAuthInfo(scheme: string, auth: Buffer): void;
  create(path: string, data: Buffer, acls: readonly unknown[], mode: number, callback: Callback<[string]>): void;
  getData(path: string, callback: Callback<[Buffer | undefined, DriverStat]>): void;
  setData(path: string, data: Buffer, version: number, callback: Callback<[DriverStat]>): void;
  remove(path: string, version: number, callback: Callback<[]>): void;
  exists(path: string, callback: Callback<[DriverStat | null]>): void;
  getChildren(path: string, callback: Callback<[string[], DriverStat]>): void;
  transaction(): DriverTransaction;
}

/** States of `DriverInternals`, as its `state` event gives them. */
export const DRIVER_STATE = { disconnected: 0, connected: 2, expired: -3, authFailed: -4 } as const;

/** What Frond uses of the driver's `net.Socket`. */
export interface DriverSocket {
  readonly destroyed: boolean;
  destroy(): void;
  once(event: 'close', listener: () => void): unknown;
}

/** What Frond mends from outside; private to the driver, hence the pinned version. */
export interface DriverInternals {
  socket: DriverSocket | undefined;
  pendingBuffer: Buffer | null;
  connectTimeoutHandler: NodeJS.Timeout | null;
  readonly packetQueue: { readonly queue: unknown[] };
  readonly servers: readonly { readonly host: string; readonly port: string | number }[];
  connect(): void;
  onSocketData(chunk: Buffer): void;
  onSocketError(error: Error): void;
  findNextServer(callback: (server: DriverInternals['servers'][number]) => void): void;
  on(event: 'state', listener: (state: number) => void): void;
}

export interface Driver {
  createClient(servers: string, options: { sessionTimeout: number; retries: number }): DriverClient;
  readonly CreateMode: {
    readonly PERSISTENT: number;
    readonly PERSISTENT_SEQUENTIAL: number;
    readonly EPHEMERAL: number;
  };
  readonly ACL: { readonly OPEN_ACL_UNSAFE: readonly unknown[]; readonly CREATOR_ALL_ACL: readonly unknown[] };
}

/** Loaded when the first session needs it, not before. */
export async function loadDriver(): Promise<Driver> {
  return (await import('node-zookeeper-client')) as unknown as Driver;
}

/** @throws FrondError INTERNAL when the driver is not the one whose inside Frond knows */
export function assertKnownInside(inside: DriverInternals): void {
  const functions = [inside.connect, inside.onSocketData, inside.onSocketError, inside.findNextServer, inside.on];
  const values = ['pendingBuffer', 'connectTimeoutHandler', 'packetQueue', 'servers'].every(name => name in inside);
  const known = functions.every(each => typeof each === 'function') && values;
  if (known && Array.isArray(inside.packetQueue.queue) && Array.isArray(inside.servers)) return;
  throw new FrondError('INTERNAL', {
    reason: 'node-zookeeper-client is not the version 1.1.3 that Frond was made for',
  });
}
