import type { Socket } from 'node:net';

/** Wait options of an allocator. */
export interface UntilDeparture {
  readonly signal: AbortSignal;
}

const departures = new WeakMap<Socket, UntilDeparture>();

/**
 * Wait options that end the wait for an ID when the client goes away, so that nobody takes an ID for it. One signal
 * serves all requests of a connection: making one costs more than the rest of an answer.
 */
export function untilDeparture(socket: Socket): UntilDeparture {
  let wait = departures.get(socket);
  if (wait === undefined) {
    const controller = new AbortController();
    if (socket.destroyed) controller.abort();
    else socket.once('close', () => controller.abort());
    wait = { signal: controller.signal };
    departures.set(socket, wait);
  }
  return wait;
}
