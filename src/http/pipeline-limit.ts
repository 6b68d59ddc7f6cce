import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpCounters } from '../metrics/http-counters.ts';

/** Unanswered requests of one connection, of which clients that pipeline at all send some dozens. */
export const PIPELINED_MAX = 128;

/**
 * Bounds what one connection may ask for before it has read its answers. node:http has no limit but the 64 KB that it
 * reads at a time, and those hold 1,900 requests: a turn of 25 ms that everybody else waits for, and nearly a megabyte
 * of answers for a client that reads none. Refusing them one by one would cost as much, so the connection is cut.
 */
export class PipelineLimit {
  readonly #counters: HttpCounters;
  readonly #unanswered = new WeakMap<Socket, number>();

  constructor(counters: HttpCounters) {
    this.#counters = counters;
  }

  /** True when the connection is cut and the request is not to be answered. */
  cuts({ socket }: IncomingMessage, res: ServerResponse): boolean {
    // An answer has the socket from the beginning unless another one is before it.
    if (res.socket !== null) return false;
    if (socket.destroyed) return true;
    const unanswered = (this.#unanswered.get(socket) ?? 0) + 1;
    if (unanswered >= PIPELINED_MAX) {
      this.#counters.pipelinesCut += 1;
      socket.destroy();
      return true;
    }
    this.#unanswered.set(socket, unanswered);
    res.once('close', () => this.#unanswered.set(socket, this.#unanswered.get(socket)! - 1));
    return false;
  }
}
