import type { Agenda } from '../agenda.ts';
import { T0_MS } from '../machine.ts';
import type { Tally } from '../tally.ts';
import type { Wire } from './wire.ts';
import {
  applyAll,
  type Changes,
  CODE,
  Draft,
  emptyRoot,
  parentOf,
  type StepResult,
  type WriteStep,
  type Znode,
} from './znodes.ts';

export interface Session {
  readonly id: bigint;
  readonly timeoutMs: number;
  /** The process that it was made for. */
  readonly owner: string;
  /** The connection that it is served on. */
  wire: Wire | undefined;
  /** When it expires, unless it is heard of; true time. */
  endsAtMs: number;
  isAlive: boolean;
}

/** A change that took effect. */
export interface Committed {
  readonly by: string;
  readonly sessionId: bigint;
  readonly path: string;
  readonly before: Znode | undefined;
  readonly after: Znode | undefined;
}

export interface LeaderEvents {
  readonly committed: (changes: readonly Committed[]) => void;
  /** Before its nodes go. */
  readonly expired: (session: Session) => void;
}

/** Sessions end at multiples of this. */
const TICK_MS = 1000;

/** The one order of writes, the sessions, and the clock of whoever leads the ensemble. */
export class Leader {
  readonly #agenda: Agenda;
  readonly #tally: Tally;
  readonly #events: LeaderEvents;
  readonly #sessions = new Map<bigint, Session>();
  #nodes = new Map<string, Znode>([['/', emptyRoot()]]);
  #log: Changes[] = [new Map([['/', emptyRoot()]])];
  #wasDown = false;
  #sessionsMade = 0n;
  /** Grows with each leader. */
  term = 0;
  /** How far its clock is off; ms. */
  offsetMs = 0;
  /** Until then there is none; true time. */
  downUntilMs = 0;
  downIsSilent = false;

  constructor(agenda: Agenda, tally: Tally, events: LeaderEvents) {
    this.#agenda = agenda;
    this.#tally = tally;
    this.#events = events;
    this.#tickLater();
  }

  get nodes(): ReadonlyMap<string, Znode> {
    return this.#nodes;
  }

  /** By zxid, from 0 on. */
  get log(): readonly Changes[] {
    return this.#log;
  }

  get zxid(): number {
    return this.#log.length;
  }

  get isDown(): boolean {
    return this.#agenda.nowMs < this.downUntilMs;
  }

  get sessions(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  sessionOf(id: bigint): Session | undefined {
    return this.#sessions.get(id);
  }

  /** A sign of life. */
  heard(session: Session): void {
    // As ZooKeeper does: the end of the tick in which the timeout is over.
    session.endsAtMs = (Math.floor((this.#agenda.nowMs + session.timeoutMs) / TICK_MS) + 1) * TICK_MS;
  }

  /** Serves a session on another connection from now on; a new one for ID 0; undefined for one that has expired. */
  attach(id: bigint, timeoutMs: number, wire: Wire): Session | undefined {
    let session = this.#sessions.get(id);
    if (id === 0n) {
      const made = ++this.#sessionsMade;
      session = { id: made, timeoutMs, owner: wire.name, wire, endsAtMs: 0, isAlive: true };
      this.#sessions.set(made, session);
    }
    if (session === undefined) return undefined;
    session.wire = wire;
    this.heard(session);
    return session;
  }

  /** @returns undefined when the session is served elsewhere by now */
  write(session: Session, wire: Wire, steps: readonly WriteStep[]): StepResult[] | undefined {
    if (session.wire !== undefined && session.wire !== wire) return undefined;
    if (!session.isAlive) {
      this.#tally.add('late write of an expired session refused');
      return [{ code: CODE.sessionExpired }];
    }
    return this.commit(session.owner, steps, session.id);
  }

  /** @returns undefined when the session is served elsewhere by now */
  end(session: Session, wire: Wire): StepResult[] | undefined {
    if (session.wire !== wire) return undefined;
    this.#close(session);
    return [{ code: CODE.ok }];
  }

  commit(by: string, steps: readonly WriteStep[], sessionId = 0n): StepResult[] {
    const draft = new Draft(this.#nodes, { sessionId, timeMs: Math.floor(T0_MS + this.#agenda.nowMs + this.offsetMs) });
    const results = applyAll(draft, steps);
    if (results.some(({ code }) => code !== CODE.ok)) {
      if (steps.length > 1) this.#tally.add('multi refused');
      return results;
    }
    const committed = [...draft.changes].map(([path, after]) => {
      return { by, sessionId, path, before: this.#nodes.get(path), after };
    });
    for (const { path, after } of committed) {
      if (after === undefined) this.#nodes.delete(path);
      else this.#nodes.set(path, after);
    }
    this.#log.push(draft.changes);
    this.#events.committed(committed);
    return results;
  }

  expire(session: Session): void {
    this.#events.expired(session);
    this.#close(session);
    session.wire?.dismiss('session expired');
  }

  /** Another leader, with another clock, that gives every session its whole time again. */
  change(offsetMs: number): void {
    this.term++;
    this.offsetMs = offsetMs;
    for (const session of this.#sessions.values()) {
      session.wire = undefined;
      this.heard(session);
    }
  }

  /** Everything goes back to what it was when the log was so long; no session lives on. */
  goBack(zxid: number): void {
    for (const session of this.#sessions.values()) session.isAlive = false;
    this.#sessions.clear();
    this.term++;
    this.#log = this.#log.slice(0, zxid);
    this.#nodes = new Map();
    for (const changes of this.#log) {
      for (const [path, node] of changes) {
        if (node === undefined) this.#nodes.delete(path);
        else this.#nodes.set(path, node);
      }
    }
    // The sessions of that time are gone, and so are their nodes.
    for (const [path, { ephemeralOwner }] of [...this.#nodes]) {
      if (ephemeralOwner !== 0n) this.commit('', [{ op: 'remove', path, version: -1 }]);
    }
  }

  /** A subtree goes, as by an operator's command. */
  remove(root: string): void {
    const paths = [...this.#nodes.keys()].filter(path => path === root || path.startsWith(`${root}/`));
    // Children before their parents.
    for (const path of paths.sort((a, b) => b.split('/').length - a.split('/').length)) {
      this.commit('', [{ op: 'remove', path, version: -1 }]);
    }
  }

  #close(session: Session): void {
    session.isAlive = false;
    this.#sessions.delete(session.id);
    for (const [path, { ephemeralOwner }] of [...this.#nodes]) {
      if (ephemeralOwner === session.id && this.#nodes.get(parentOf(path)) !== undefined) {
        this.commit(session.owner, [{ op: 'remove', path, version: -1 }]);
      }
    }
  }

  #tickLater(): void {
    this.#agenda.after(TICK_MS, () => {
      if (this.isDown) this.#wasDown = true;
      else if (this.#wasDown) {
        // Nobody was heard meanwhile, and that was nobody's fault.
        this.#wasDown = false;
        for (const session of this.#sessions.values()) this.heard(session);
      } else {
        for (const session of this.sessions) if (session.endsAtMs <= this.#agenda.nowMs) this.expire(session);
      }
      this.#tickLater();
    });
  }
}
