/** The HTTP front: limits, the two lanes, bad sockets, the graceful stop. */

import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { FrondError, reasonOf } from '../errors.ts';
import { HttpCounters } from '../metrics/http-counters.ts';
import type { System } from '../system/system.ts';
import { createApp } from './app.ts';
import { Guard } from './auth/guard.ts';
import { TokenBook } from './auth/token-book.ts';
import { Gate } from './gate.ts';
import { HotPath } from './hot-path.ts';
import { type RateLimitSettings, RateLimits } from './limits/rate-limits.ts';
import { type LoadLimits, LoadShedder } from './overload/load-shedder.ts';
import { PipelineLimit } from './pipeline-limit.ts';
import { refuseForm } from './request-form.ts';
import type { Service } from './served.ts';
import { shutDown } from './shutdown.ts';
import { createSocketProblem } from './socket-problem.ts';
import { cutIfStalled } from './stalled-answer.ts';
import { createTlsServer, rawSocketsOf, secureContextOf, type TlsIdentity } from './tls.ts';

/** By the names of the settings, so that a whole `Config` may be given. */
export interface HttpSettings extends RateLimitSettings, LoadLimits {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly adminToken?: string | undefined;
  readonly maxCountIds: number;
  readonly maxRangeIds: number;
  /** With the next one: bounds that /openapi.json shows for snowflakes. */
  readonly sequenceBits?: number | undefined;
  readonly waitDeadlineMs?: number | undefined;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  readonly drainMs: number;
  readonly stopTimeoutMs: number;
  /** A connection on which nothing moves amid an answer is cut off after this; default 30 s and the waits for an ID. */
  readonly stallTimeoutMs?: number | undefined;
  /** Lets several processes listen on one port where the platform can. */
  readonly reusePort?: boolean | undefined;
}

export interface HttpServerOptions {
  readonly service: Service;
  readonly system: System;
  readonly settings: HttpSettings;
  /** For the metrics page; made when not given. */
  readonly counters?: HttpCounters | undefined;
  /** With it the server speaks HTTPS. */
  readonly tls?: TlsIdentity | undefined;
  /** Those of a file, say; by default there is only the admin token of the settings. */
  readonly tokens?: TokenBook | undefined;
}

const STALL_MIN_MS = 30_000;
/** A request may wait for the asked kind, and for two that may stand in for it. */
const STAND_INS = 3;

/** Why a port cannot be had, in words. */
const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is already in use by another process',
  EACCES: 'may not be used by this user',
  EADDRNOTAVAIL: 'is not an address of this host',
  ENOTFOUND: 'is not a host name that can be resolved',
};

function listenRefusal(error: NodeJS.ErrnoException, { host, port }: HttpSettings): FrondError {
  const code = error.code ?? '';
  const setting = code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? 'FROND_HOST' : 'FROND_PORT';
  const problem = `${host}:${port} ${LISTEN_PROBLEMS[code] ?? `cannot be listened on: ${reasonOf(error)}`} (${code})`;
  return new FrondError('INVALID_CONFIG', { setting, problem }, { cause: error });
}

export class HttpServer implements AsyncDisposable {
  readonly counters: HttpCounters;
  readonly #server: Server;
  readonly #tlsServer: TlsServer | undefined;
  /** Beneath TLS; empty without. */
  readonly #rawSockets: ReadonlySet<Socket>;
  readonly #settings: HttpSettings;
  readonly #system: System;
  readonly #shedder: LoadShedder;
  #draining = false;
  #closing: Promise<void> | undefined;
  #toShed = 0;

  constructor({ service, system, settings, tokens, counters = new HttpCounters(), tls }: HttpServerOptions) {
    this.counters = counters;
    this.#settings = settings;
    this.#system = system;
    const { adminToken, maxCountIds, maxRangeIds } = settings;
    const guard = new Guard(tokens ?? new TokenBook(system.clock, adminToken), counters);
    const shedder = new LoadShedder(settings, counters, system);
    this.#shedder = shedder;
    const gate = new Gate({ guard, limits: new RateLimits(settings, counters), shedder, clock: system.clock });
    const hot = new HotPath({ served: service, system, counters, gate, shedder, maxCountIds, maxRangeIds });
    const isDraining = () => this.#draining;
    const app = createApp({ service, system, counters, gate, limits: settings, isDraining });
    this.#tlsServer = tls && this.#createTls(tls);
    this.#rawSockets = this.#tlsServer === undefined ? new Set() : rawSocketsOf(this.#tlsServer);
    this.#server = this.#limited(this.#tlsServer ?? createServer(this.#serverOptions()));
    const pipelines = new PipelineLimit(counters);
    const stallMs = settings.stallTimeoutMs ?? STALL_MIN_MS + STAND_INS * (settings.waitDeadlineMs ?? 0);
    const serve = (req: IncomingMessage, res: ServerResponse) => {
      if (pipelines.cuts(req, res)) return;
      if (this.#draining || this.#sheds()) res.setHeader('Connection', 'close');
      if (!refuseForm(req, res, counters) && !hot.handle(req, res)) app(req, res);
      cutIfStalled(req.socket, res, stallMs);
    };
    this.#server.on('request', serve);
    // An expectation that nobody knows may be passed over (RFC 9110, 10.1.1); node:http would answer a bare 417.
    this.#server.on('checkExpectation', serve);
  }

  /** True from the beginning of `close`. */
  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Resolves with the address when requests are accepted.
   * @throws FrondError INVALID_CONFIG when the address cannot be had
   */
  listen(): Promise<AddressInfo> {
    const { host, port, reusePort = false } = this.#settings;
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(listenRefusal(error, this.#settings));
      this.#server.once('error', fail);
      this.#server.listen({ host, port, reusePort }, () => {
        this.#server.off('error', fail);
        this.#shedder.start();
        this.#server.on('error', error => this.#system.logger.error({ err: error }, 'the listening socket failed'));
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  /** Connections that are open now. */
  openConnections(): Promise<number> {
    return new Promise(resolve => this.#server.getConnections((error, count) => resolve(error ? 0 : count)));
  }

  /** The next `connections` answers end their connections, so that these clients come back to another process. */
  shed(connections: number): void {
    this.#toShed = connections;
  }

  /** Takes another certificate for the handshakes to come. @throws when the two do not belong together */
  takeIdentity(identity: TlsIdentity): void {
    this.#tlsServer?.setSecureContext(secureContextOf(identity));
  }

  /**
   * Stops gracefully (see `shutdown.ts`); idempotent, concurrent calls share one promise. Never throws.
   * @param drainMs instead of the setting
   */
  close(drainMs = this.#settings.drainMs): Promise<void> {
    this.#draining = true;
    const { stopTimeoutMs } = this.#settings;
    const times = { drainMs, stopTimeoutMs };
    this.#closing ??= shutDown(this.#server, this.#system.timers, times, () => this.#cutOff()).finally(() =>
      this.#shedder.stop(),
    );
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #sheds(): boolean {
    if (this.#toShed === 0) return false;
    this.#toShed -= 1;
    return true;
  }

  #cutOff(): void {
    this.#server.closeAllConnections();
    for (const socket of this.#rawSockets) socket.destroy();
  }

  #serverOptions(): ServerOptions {
    const settings = this.#settings;
    return {
      requestTimeout: settings.requestTimeoutMs,
      // Node refuses a headers timeout above the request's.
      headersTimeout: Math.min(settings.headersTimeoutMs, settings.requestTimeoutMs),
      connectionsCheckingInterval: settings.connectionsCheckMs ?? 1000,
      keepAliveTimeout: settings.keepAliveTimeoutMs,
      maxHeaderSize: settings.maxHeaderBytes,
      requireHostHeader: false,
      // Nothing is read from a request that has no body: a stream's whole life for each would be a fortieth of the CPU.
      optimizeEmptyRequests: true,
    };
  }

  #createTls(identity: TlsIdentity): TlsServer {
    const { random } = this.#system;
    const handshakeTimeoutMs = this.#settings.headersTimeoutMs;
    return createTlsServer(this.#serverOptions(), { identity, handshakeTimeoutMs, random, counters: this.counters });
  }

  #limited(server: Server): Server {
    server.maxConnections = this.#settings.maxConnections;
    server.on('connection', socket => {
      this.counters.connectionsOpen += 1;
      socket.once('close', () => {
        this.counters.connectionsOpen -= 1;
      });
    });
    server.on('drop', () => {
      this.counters.connectionsDropped += 1;
    });
    server.on('clientError', createSocketProblem(this.#system.timers, this.counters));
    return server;
  }
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  return new HttpServer(options);
}
