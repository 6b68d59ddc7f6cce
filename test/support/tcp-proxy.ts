import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Changes what one connection's server says, piece by piece. */
export type Translation = (chunk: Buffer) => Buffer;

/**
 * A TCP proxy in front of a real server that misbehaves on command. It starts by passing everything.
 * Faults act on the connections that are open and on those to come, until `pass()`.
 */
export class TcpProxy {
  readonly host = '127.0.0.1';
  #target: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<Pair>();
  readonly #listener = createServer(client => this.#accept(client));
  #silent = false;
  #delayMs = 0;
  #onReply: ((pair: Pair) => void) | undefined;
  #lostReply: Pair | undefined;
  #cutReply: (pair: Pair) => void = () => {};
  #onRequest: ((pair: Pair, request: string) => boolean) | undefined;
  #translate: (() => Translation) | undefined;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
  }

  /** Valid after `start`. */
  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  get connectionCount(): number {
    return this.#pairs.size;
  }

  async start(): Promise<void> {
    this.#listener.listen(0, this.host);
    await once(this.#listener, 'listening');
  }

  /** Leads to another server from now on, as a name does after a failover. */
  redirect(target: { readonly host: string; readonly port: number }): void {
    this.#target = target;
    this.cut();
  }

  /** Back to normal. What was held back by `goSilent` flows on. */
  pass(): void {
    this.#silent = false;
    this.#delayMs = 0;
    for (const { client, server } of this.#pairs) {
      client.resume();
      server.resume();
    }
  }

  /** A black hole: connections are accepted and stay open, but nothing flows in either direction. */
  goSilent(): void {
    this.#silent = true;
    for (const { client, server } of this.#pairs) {
      client.pause();
      server.pause();
    }
  }

  /** Holds each piece of data back for `delayMs`, in order, in both directions. */
  delay(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /**
   * What servers say goes through a translation of its own for each connection from now on; undefined ends that. Cuts
   * all open connections: a translation begins with the first piece.
   */
  translate(make: (() => Translation) | undefined): void {
    this.#translate = make;
    this.cut();
  }

  /** Cuts all open connections (reset); new ones are accepted. */
  cut(): void {
    for (const pair of this.#pairs) reset(pair);
  }

  /**
   * Swallows the server's next reply on any connection and cuts that connection: the request was done, the answer is
   * lost. Resolves when it has happened.
   */
  loseNextReply(): Promise<void> {
    return new Promise(resolve => {
      this.#onReply = pair => {
        this.#onReply = undefined;
        reset(pair);
        resolve();
      };
    });
  }

  /**
   * Cuts the connection of the next request that contains `text`: before the server sees it (`request`), or when it has
   * answered (`reply`). Resolves when that has happened.
   */
  loseNext(text: string, what: 'request' | 'reply'): Promise<void> {
    return new Promise(resolve => {
      const cut = (pair: Pair) => {
        reset(pair);
        resolve();
      };
      this.#onRequest = (pair, request) => {
        if (!request.includes(text)) return true;
        this.#onRequest = undefined;
        if (what === 'request') {
          cut(pair);
          return false;
        }
        this.#lostReply = pair;
        this.#cutReply = cut;
        return true;
      };
    });
  }

  async stop(): Promise<void> {
    this.cut();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #accept(client: Socket): void {
    const server = connect(this.#target);
    const pair = { client, server };
    const translate = this.#translate?.() ?? (chunk => chunk);
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      if (this.#silent) socket.pause();
    }
    client.on('close', () => {
      this.#pairs.delete(pair);
      server.destroy();
    });
    server.on('close', () => client.destroy());
    client.on('data', chunk => {
      if (this.#onRequest?.(pair, String(chunk)) ?? true) this.#forward(server, chunk);
    });
    server.on('data', chunk => {
      if (this.#lostReply === pair) this.#cutReply(pair);
      else if (this.#onReply) this.#onReply(pair);
      else this.#forward(client, translate(chunk as Buffer));
    });
    // Listening for data set the sockets flowing.
    if (this.#silent) this.goSilent();
  }

  #forward(to: Socket, chunk: string | Uint8Array): void {
    if (this.#delayMs === 0) {
      to.write(chunk);
    } else {
      // Timers of equal delay fire in the order of their creation, so the stream stays in order.
      setTimeout(() => to.destroyed || to.write(chunk), this.#delayMs);
    }
  }
}

/** Ends both sides, the client's by a reset. */
function reset({ client, server }: Pair): void {
  // A reset while the socket still sends its end leaves its handle open for ever (Node 26).
  if (client.writableEnded && !client.writableFinished) client.destroy();
  else client.resetAndDestroy();
  server.destroy();
}
