import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What is sent back for one request; `destroy` ends the connection after it. */
export interface FakeReply {
  readonly bytes: Buffer;
  readonly destroy?: boolean;
}

/** The one session that a fake server gives. */
export const FAKE_SESSION = 0x1234n;

const CLOSE_SESSION = -11;

/** Shakes hands as ZooKeeper does, and answers requests with whatever bytes a test wants. */
export class FakeZookeeper {
  readonly host = '127.0.0.1';
  handshakes = 0;
  /** Xid and operation code of a request → the reply. By default every request succeeds without a body. */
  reply: (xid: number, op: number) => FakeReply = xid => ({ bytes: answer(xid, 0) });
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer(socket => this.#serve(socket));

  async start(): Promise<void> {
    this.#server.listen(0, this.host);
    await once(this.#server, 'listening');
  }

  get url(): string {
    return `zookeeper://${this.host}:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let buffered = Buffer.alloc(0);
    let greeted = false;
    socket.on('error', () => {});
    socket.on('data', chunk => {
      buffered = Buffer.concat([buffered, chunk as Buffer]);
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE()) {
        const frame = buffered.subarray(4, 4 + buffered.readInt32BE());
        buffered = buffered.subarray(4 + frame.length);
        if (!greeted) {
          greeted = true;
          this.handshakes++;
          socket.write(handshake());
          continue;
        }
        const [xid, op] = [frame.readInt32BE(0), frame.readInt32BE(4)];
        const { bytes, destroy } =
          op === CLOSE_SESSION ? { bytes: answer(xid, 0), destroy: true } : this.reply(xid, op);
        socket.write(bytes, () => {
          if (destroy) socket.destroy();
        });
      }
    });
  }
}

function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** Protocol version, timeout, session, password. */
function handshake(): Buffer {
  const body = Buffer.alloc(4 + 4 + 8 + 4 + 16);
  body.writeInt32BE(30_000, 4);
  body.writeBigInt64BE(FAKE_SESSION, 8);
  body.writeInt32BE(16, 16);
  return framed(body);
}

/** A reply's header: xid, zxid, error code; then the body. */
export function answer(xid: number, code: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32BE(xid, 0);
  header.writeBigInt64BE(1n, 4);
  header.writeInt32BE(code, 12);
  return framed(Buffer.concat([header, body]));
}
