import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const IDLE = 1000;
const LORISES = 200;
const DRIP_MS = 500;

/** Connections that ask for nothing: 1000 idle ones, and 200 that send a header that never ends and begin anew when cut. */
export class Crowd {
  readonly #url: URL;
  readonly #sockets = new Set<Socket>();
  #gone = false;

  private constructor(url: URL) {
    this.#url = url;
  }

  static async gather(url: string): Promise<Crowd> {
    const crowd = new Crowd(new URL(url));
    for (let i = 0; i < IDLE; i++) {
      const socket = await crowd.#open();
      // Once answered, so that it is idle and not late with its first request.
      socket.write('GET /id/uuid HTTP/1.1\r\nHost: a\r\n\r\n');
    }
    for (let i = 0; i < LORISES; i++) await crowd.#loris();
    return crowd;
  }

  leave(): void {
    this.#gone = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  async #open(): Promise<Socket> {
    const socket = connect(Number(this.#url.port), this.#url.hostname);
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.resume();
    await once(socket, 'connect');
    return socket;
  }

  async #loris(): Promise<void> {
    const socket = await this.#open();
    socket.write('GET /id/uuid HTTP/1.1\r\n');
    const drip = setInterval(() => socket.write('X-A: b\r\n'), DRIP_MS);
    socket.on('close', () => {
      clearInterval(drip);
      if (!this.#gone) this.#loris().catch(() => {});
    });
  }
}
