import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Cuts a connection on which nothing moves for `stallMs` amid an answer: nothing else ends one that nobody takes.
 * Called when a request has been handled. Most answers are out by then and need no timer, which is why this is not the
 * server's `timeout`, for which Node makes a timer for each of them. Between answers it is the server's
 * `keepAliveTimeout` that counts: Node sets it when an answer is out, and with the next request it ends this one too.
 */
export function cutIfStalled(socket: Socket, res: ServerResponse, stallMs: number): void {
  if (!res.writableEnded || socket.writableLength > 0) socket.setTimeout(stallMs);
}
