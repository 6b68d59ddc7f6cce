import type { Tally } from '../tally.ts';
import type { DriverNetwork, SimSocket } from './driver.ts';
import type { Request, ToClient } from './wire.ts';
import { Wire, type WireParts } from './wire.ts';

export interface NetworkParts extends Omit<WireParts, 'server' | 'received'> {
  readonly servers: readonly WireParts['server'][];
  readonly tally: Tally;
  readonly after: DriverNetwork['after'];
  /** Runs it in the process; see `LinkUser`. */
  readonly deliver: (run: () => void) => void;
}

/** A process's way to the ensemble, as the driver sees it. */
export class Network implements DriverNetwork {
  readonly servers: number;
  readonly after: DriverNetwork['after'];
  readonly #parts: NetworkParts;
  #wire: Wire | undefined;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
    this.servers = parts.servers.length;
    this.after = parts.after;
  }

  connect(server: number, received: (message: ToClient) => void): SimSocket {
    const { tally, deliver } = this.#parts;
    const inbox: ToClient[] = [];
    const closed: (() => void)[] = [];
    let destroyed = false;
    const wire = new Wire({
      ...this.#parts,
      server: this.#parts.servers[server]!,
      received: message => {
        inbox.push(message);
        // As many as were delivered, in the order in which they came.
        deliver(() => {
          const next = inbox.shift();
          if (next === undefined || destroyed) return;
          if (next.kind === 'end') end(next.reason);
          else received(next);
        });
      },
    });
    this.#wire = wire;
    const end = (reason: string) => {
      if (destroyed) return;
      destroyed = true;
      wire.abandon();
      received({ kind: 'end', reason });
      for (const listener of closed) listener();
    };
    return {
      get destroyed() {
        return destroyed;
      },
      destroy: () => {
        if (destroyed) return;
        if (wire.isHalfOpen) tally.add('half-open connection torn down');
        destroyed = true;
        wire.abandon();
        queueMicrotask(() => {
          received({ kind: 'end', reason: '' });
          for (const listener of closed) listener();
        });
      },
      once: (_, listener) => closed.push(listener),
      hello: (sessionId, timeoutMs, zxid) => wire.send({ kind: 'hello', sessionId, timeoutMs, zxid }),
      request: (request: Request) => wire.send({ kind: 'request', request }),
    };
  }

  /** The process has ended, and its kernel closes what it had open. */
  died(): void {
    this.#wire?.abandon();
  }
}
