/** Requests that node:http could not read: there is no request and no response, only a socket. */

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { FrondError } from '../errors.ts';
import type { HttpCounters } from '../metrics/http-counters.ts';
import type { Timers } from '../system/timers.ts';
import { problemHeaders, problemOf } from './problem.ts';

/** How long the rest of a bad request is read and thrown away, so that the client can read why it was refused. */
const LINGER_MS = 500;

interface ParserError extends Error {
  readonly code?: string;
  /** llhttp's own words. */
  readonly reason?: string;
}

/** A socket with node:http's pointer to the answer that is being written on it. */
type HttpSocket = Duplex & { readonly _httpMessage?: { readonly headersSent: boolean } | null };

function refusalOf(error: ParserError): FrondError {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new FrondError('REQUEST_TIMEOUT', {});
    case 'HPE_HEADER_OVERFLOW':
      return new FrondError('HEADERS_TOO_LARGE', {});
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new FrondError('PAYLOAD_TOO_LARGE', { limitBytes: 16 * 1024 });
    default:
      return new FrondError('MALFORMED_REQUEST', { reason: error.reason || error.code || error.message });
  }
}

function rawAnswer(refusal: FrondError): string {
  const body = JSON.stringify(problemOf(refusal));
  const flat = problemHeaders(refusal, Buffer.byteLength(body));
  const lines = [`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`, 'Connection: close'];
  for (let i = 0; i < flat.length; i += 2) lines.push(`${flat[i]}: ${flat[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/**
 * The listener of 'clientError'. Never throws. A socket is answered once; a half-written answer is cut off rather than
 * mixed with ours.
 */
export function createSocketProblem(timers: Timers, counters: HttpCounters) {
  const answered = new WeakSet<Duplex>();
  return (error: Error, socket: Duplex): void => {
    if (answered.has(socket)) return;
    answered.add(socket);
    const parserError = error as ParserError;
    if (parserError.code === 'ECONNRESET' || !socket.writable || (socket as HttpSocket)._httpMessage?.headersSent) {
      counters.countUnreadable(0);
      socket.destroy();
      return;
    }
    const refusal = refusalOf(parserError);
    counters.countUnreadable(refusal.status);
    counters.countProblem(refusal.code, refusal.message);
    socket.on('error', () => socket.destroy());
    socket.end(rawAnswer(refusal));
    const cancel = timers.background(LINGER_MS, () => socket.destroy());
    socket.once('close', cancel);
  };
}
