/** node:http's server behind TLS: versions, client certificates, and what happens to handshakes that fail. */

import { createServer, type Server, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import type { HttpCounters, TlsFailure } from '../metrics/http-counters.ts';
import type { Random } from '../system/random.ts';

const TICKET_KEYS_BYTES = 48;

/** PEM texts. */
export interface TlsIdentity {
  /** The server's certificate, then those that lead to its authority. */
  readonly cert: string;
  readonly key: string;
  /** Authorities that must have signed the certificate of every client; undefined where clients need none. */
  readonly clientCa: string | undefined;
}

/** TLS 1.0 and 1.1 are broken (RFC 8996). */
export function secureContextOf({ cert, key, clientCa }: TlsIdentity): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', ...(clientCa === undefined ? {} : { ca: clientCa }) };
}

function failureOf(error: NodeJS.ErrnoException, { authorizationError }: TLSSocket): TlsFailure {
  if (authorizationError || error.code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') return 'client_certificate';
  if (error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'timeout';
  if (error.code === 'ERR_SSL_HTTP_REQUEST') return 'plain_http';
  return error.code === 'ECONNRESET' ? 'closed' : 'protocol';
}

export interface TlsServerOptions {
  readonly identity: TlsIdentity;
  /** A client must have finished its handshake within this time. */
  readonly handshakeTimeoutMs: number;
  readonly random: Random;
  readonly counters: HttpCounters;
}

/** A client whose handshake fails or lasts too long gets its connection closed: there is no HTTP to answer in. */
export function createTlsServer(options: ServerOptions, own: TlsServerOptions): Server {
  const { identity, handshakeTimeoutMs, random, counters } = own;
  const server = createServer({
    ...options,
    ...secureContextOf(identity),
    handshakeTimeout: handshakeTimeoutMs,
    requestCert: identity.clientCa !== undefined,
    rejectUnauthorized: identity.clientCa !== undefined,
  });
  // node:https would tell of these as requests that could not be read as well.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (error, socket) => {
    counters.countTlsFailure(failureOf(error, socket));
    socket.destroy();
  });
  server.once('listening', () => {
    // node:cluster gives all processes, later ones too, the same keys. A session from before another client authority
    // came into use could then be resumed in a new process.
    const keys = new Uint8Array(TICKET_KEYS_BYTES);
    random.fill(keys);
    server.setTicketKeys(Buffer.from(keys.buffer));
  });
  return server;
}

/** The connections of a server beneath TLS, so that a stop can also cut those that never finish their handshake. */
export function rawSocketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}
