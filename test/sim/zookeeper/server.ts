import type { Agenda } from '../agenda.ts';
import type { Prng } from '../prng.ts';
import type { Tally } from '../tally.ts';
import type { Weather } from '../weather.ts';
import type { Leader, Session } from './leader.ts';
import type { Request, ToServer, Wire, WireServer } from './wire.ts';
import { CODE, type StepResult, type Znode } from './znodes.ts';

export interface ServerParts {
  readonly agenda: Agenda;
  readonly prng: Prng;
  readonly weather: Weather;
  readonly tally: Tally;
  readonly leader: Leader;
}

interface Connection {
  readonly queue: ToServer[];
  isBusy: boolean;
  session: Session | undefined;
}

/** One server: answers reads from what it has been told of the log so far, and has the leader do the writes. */
export class Server implements WireServer {
  readonly #parts: ServerParts;
  readonly #connections = new Map<Wire, Connection>();
  #nodes = new Map<string, Znode>();
  #zxid = 0;
  /** Cut off from clients, or stopped; true time. */
  hungUntilMs = 0;

  constructor(parts: ServerParts) {
    this.#parts = parts;
  }

  get silentUntilMs(): number {
    const { leader } = this.#parts;
    return Math.max(this.hungUntilMs, leader.downIsSilent ? leader.downUntilMs : 0);
  }

  get isDown(): boolean {
    const { leader } = this.#parts;
    return leader.isDown && !leader.downIsSilent;
  }

  accept(wire: Wire): void {
    this.#connections.set(wire, { queue: [], isBusy: false, session: undefined });
  }

  arrived(wire: Wire, message: ToServer): void {
    const connection = this.#connections.get(wire);
    if (connection === undefined) return;
    if (message.kind === 'end') {
      this.#connections.delete(wire);
      return;
    }
    connection.queue.push(message);
    this.#next(wire, connection);
  }

  /** It loses all its clients: it has no leader. */
  dropClients(): void {
    for (const wire of this.#connections.keys()) wire.reset('the server has no leader');
    this.#connections.clear();
  }

  /** The log is another one now. */
  forget(): void {
    this.#nodes = new Map();
    this.#zxid = 0;
  }

  #next(wire: Wire, connection: Connection): void {
    if (connection.isBusy) return;
    const message = connection.queue.shift();
    if (message === undefined || message.kind === 'end') return;
    if (message.kind === 'hello') {
      this.#atLeader(wire, connection, () => this.#welcome(wire, connection, message));
      return;
    }
    const { session } = connection;
    if (session === undefined || session.wire !== wire) {
      wire.reset('the session has moved');
      return;
    }
    this.#parts.leader.heard(session);
    this.#serve(wire, connection, session, message.request);
  }

  #serve(wire: Wire, connection: Connection, session: Session, request: Request): void {
    const { leader, tally } = this.#parts;
    if (request.kind === 'read') {
      this.#catchUp(this.#parts.prng.chance(this.#parts.weather.stale) ? 0 : leader.zxid);
      const node = this.#nodes.get(request.path);
      if (this.#zxid < leader.zxid) tally.add('read answered by a server that lags');
      this.#answer(wire, [{ code: node === undefined ? CODE.noNode : CODE.ok }], node);
      this.#next(wire, connection);
      return;
    }
    this.#atLeader(wire, connection, () => {
      const results = request.kind === 'write' ? leader.write(session, wire, request.steps) : leader.end(session, wire);
      if (results === undefined) {
        wire.reset('the session has moved');
        return;
      }
      if (wire.isAbandoned && results.every(({ code }) => code === CODE.ok)) {
        tally.add('request of an abandoned connection done');
      }
      this.#catchUp(leader.zxid);
      this.#answer(wire, results);
      if (request.kind === 'close session') wire.finish('session closed');
    });
  }

  /** Done by the leader after a while; when that is another one by then, it may know of it or not. */
  #atLeader(wire: Wire, connection: Connection, act: () => void): void {
    const { agenda, leader, prng } = this.#parts;
    const { term } = leader;
    connection.isBusy = true;
    agenda.after(prng.exponential(2), () => {
      connection.isBusy = false;
      if (leader.term !== term && prng.chance(0.5)) return;
      act();
      this.#next(wire, connection);
    });
  }

  #welcome(wire: Wire, connection: Connection, hello: ToServer & { readonly kind: 'hello' }): void {
    const { leader, prng, weather, tally } = this.#parts;
    this.#catchUp(prng.chance(weather.stale) ? 0 : leader.zxid);
    if (this.#zxid < hello.zxid) {
      tally.add('client refused by a server that lags');
      wire.finish('the server has seen less than its client');
      return;
    }
    const session = leader.attach(hello.sessionId, hello.timeoutMs, wire);
    // A new session is a change like any other.
    if (hello.sessionId === 0n) this.#catchUp(leader.zxid);
    connection.session = session;
    const { id = 0n, timeoutMs = 0 } = session ?? {};
    wire.reply({ kind: 'welcome', sessionId: id, timeoutMs });
    if (session === undefined) wire.finish('session expired');
  }

  #answer(wire: Wire, results: readonly StepResult[], node?: Znode): void {
    wire.reply({ kind: 'reply', reply: { zxid: this.#zxid, results, node } });
  }

  #catchUp(zxid: number): void {
    for (; this.#zxid < zxid; this.#zxid++) {
      for (const [path, node] of this.#parts.leader.log[this.#zxid]!) {
        if (node === undefined) this.#nodes.delete(path);
        else this.#nodes.set(path, node);
      }
    }
  }
}
