import { connect, type Socket } from 'node:net';
import { createPool, type Pool, type PoolConnection, type PoolOptions } from 'mysql2';
import { FrondError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { isCleanRefusal, isReadOnly } from './mysql-error.ts';
import { MysqlSession } from './mysql-session.ts';
import type { MysqlAddress } from './mysql-url.ts';

export interface MysqlPoolOptions {
  readonly address: MysqlAddress;
  readonly system: System;
  /** Deadline of a whole call: waiting for a connection, connecting, all statements. Milliseconds, 1 or more. */
  readonly timeoutMs: number;
  /** Connections at most, 1 or more. */
  readonly poolSize: number;
}

/** Callers that may wait for a connection; the next one is refused at once. */
const QUEUE_LIMIT = 64;
const KEEP_ALIVE_DELAY_MS = 10_000;

/**
 * Connections to one MySQL database, with what the driver's pool lacks: a deadline over the whole call, and
 * connections of unknown state are destroyed with their sockets, so that a hung server can neither exhaust the pool
 * nor keep the process alive.
 */
export class MysqlPool {
  readonly #pool: Pool;
  readonly #system: System;
  readonly #timeoutMs: number;
  readonly #sockets = new Set<Socket>();
  readonly #idle = new Set<PoolConnection>();
  readonly #prepared = new WeakSet<PoolConnection>();
  readonly #calls = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(options: MysqlPoolOptions) {
    this.#system = options.system;
    this.#timeoutMs = options.timeoutMs;
    this.#pool = createPool({
      ...driverOptions(options.address),
      connectionLimit: options.poolSize,
      maxIdle: options.poolSize,
      queueLimit: QUEUE_LIMIT,
      connectTimeout: options.timeoutMs,
      stream: () => this.#connect(options.address),
    });
    // The driver removes its own handlers after the first error; a second one must not end the process.
    this.#pool.on('connection', connection => {
      connection.on('error', () => this.#idle.delete(connection));
      connection.on('end', () => this.#idle.delete(connection));
    });
  }

  /** Open sockets now, for tests and leak checks. */
  get socketCount(): number {
    return this.#sockets.size;
  }

  /**
   * Runs `work` on one connection within the deadline. Rejects with what `work` threw, with the driver's error, or
   * with an Error for the deadline; unless the server itself refused a statement the outcome is then unknown.
   */
  run<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(new Error('it was closed by this process'));
    const call = this.#call(work);
    this.#calls.add(call);
    const forget = () => void this.#calls.delete(call);
    call.then(forget, forget);
    return call;
  }

  /** Refuses new calls, waits for those in flight (each has its deadline), then closes every socket. Never throws. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  #call<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let connection: PoolConnection | undefined;
      let ended = false;
      const end = (settle: () => void) => {
        if (ended) return;
        ended = true;
        cancel();
        settle();
      };
      const cancel = this.#system.timers.after(this.#timeoutMs, () =>
        end(() => {
          if (connection) this.#destroy(connection);
          this.#destroyIdle();
          reject(new Error(`no answer within ${this.#timeoutMs} ms`));
        }),
      );
      this.#pool.getConnection((error, acquired) => {
        if (error) return end(() => reject(error));
        if (ended) return this.#release(acquired);
        connection = acquired;
        this.#idle.delete(acquired);
        this.#work(acquired, work).then(
          value =>
            end(() => {
              this.#release(acquired);
              resolve(value);
            }),
          error =>
            end(() => {
              this.#giveBack(acquired, error);
              reject(error);
            }),
        );
      });
    });
  }

  async #work<T>(connection: PoolConnection, work: (session: MysqlSession) => Promise<T>): Promise<T> {
    const session = new MysqlSession(connection);
    if (!this.#prepared.has(connection)) {
      await session.write(sessionSettings(this.#timeoutMs));
      this.#prepared.add(connection);
    }
    return work(session);
  }

  #giveBack(connection: PoolConnection, error: unknown): void {
    if (isReadOnly(error)) {
      // The name may lead to a new primary by now: connect anew.
      this.#destroy(connection);
      this.#destroyIdle();
    } else if (error instanceof FrondError || isCleanRefusal(error)) {
      this.#release(connection);
    } else {
      this.#destroy(connection);
    }
  }

  #release(connection: PoolConnection): void {
    this.#idle.add(connection);
    connection.release();
  }

  #destroy(connection: PoolConnection): void {
    this.#idle.delete(connection);
    connection.destroy();
    // The driver only ends its half of the stream; a hung server would never end the other half.
    (connection as unknown as { readonly stream: Socket }).stream.destroy();
  }

  /** After a timeout the other idle connections are as doubtful; without this each would cost one more deadline. */
  #destroyIdle(): void {
    for (const connection of [...this.#idle]) this.#destroy(connection);
  }

  #connect(address: MysqlAddress): Socket {
    const socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
    });
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  async #shutDown(): Promise<void> {
    await Promise.allSettled(this.#calls);
    this.#pool.end(() => {});
    // The farewell is in the kernel's hands by now, and a hung server would never close its side.
    await Promise.all([...this.#sockets].map(closed));
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    socket.once('close', () => resolve());
    socket.destroy();
  });
}

function driverOptions(address: MysqlAddress): PoolOptions {
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    database: address.database,
    ...(address.tls && { ssl: { ...address.tls, rejectUnauthorized: true, verifyIdentity: true } }),
    supportBigNumbers: true,
    bigNumberStrings: true,
    multipleStatements: false,
    // affectedRows then counts changed rows: 0 for an INSERT that met an existing row.
    flags: ['-FOUND_ROWS', '-LOCAL_FILES'],
  };
}

/**
 * What Frond relies on whatever the server's defaults are: autocommit (without it an UPDATE is rolled back when the
 * connection goes, and its range given again), errors instead of clipped values, backslash escapes as the driver
 * writes them, and a lock wait that ends soon after our deadline.
 */
function sessionSettings(timeoutMs: number): string {
  const lockWaitSeconds = Math.max(1, Math.floor(timeoutMs / 1000));
  return `SET autocommit = 1, sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = ${lockWaitSeconds}`;
}
