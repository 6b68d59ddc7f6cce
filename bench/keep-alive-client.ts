import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HEADERS_END = '\r\n\r\n';

/**
 * One keep-alive connection that sends the same GET again and again, one at a time. On bare sockets: node:http's own
 * client costs more than the server under measurement, and would be what is measured.
 */
export class KeepAliveClient {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #answered: (client: KeepAliveClient, status: number) => void;
  readonly #failed: (error: Error) => void;
  readonly #anyStatus: boolean;
  #received: Buffer | undefined;

  private constructor(
    socket: Socket,
    request: Buffer,
    answered: (client: KeepAliveClient, status: number) => void,
    failed: (error: Error) => void,
    anyStatus: boolean,
  ) {
    this.#socket = socket;
    this.#request = request;
    this.#answered = answered;
    this.#failed = failed;
    this.#anyStatus = anyStatus;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', failed);
    socket.on('close', () => failed(new Error('the server closed a connection')));
  }

  /**
   * @param answered told after each whole answer, with status 200 unless any is asked for; the client is then free
   * @param failed told once of anything else
   */
  static async open(
    url: URL,
    answered: (client: KeepAliveClient, status: number) => void,
    failed: (error: Error) => void,
    anyStatus = false,
  ): Promise<KeepAliveClient> {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    await once(socket, 'connect');
    const request = Buffer.from(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`, 'latin1');
    return new KeepAliveClient(socket, request, answered, failed, anyStatus);
  }

  send(): void {
    this.#socket.write(this.#request);
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const received = this.#received === undefined ? chunk : Buffer.concat([this.#received, chunk]);
    const end = received.indexOf(HEADERS_END);
    const head = end < 0 ? '' : received.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    if (end >= 0 && !((status === 200 || this.#anyStatus) && length >= 0)) {
      this.#failed(new Error(`answered: ${received.toString('latin1')}`));
      return;
    }
    if (end < 0 || received.length < end + HEADERS_END.length + length) {
      this.#received = received;
      return;
    }
    this.#received = undefined;
    this.#answered(this, status);
  }
}
