import { SnowflakeAllocator } from '../../src/allocators/snowflake/snowflake-allocator.ts';
import { reasonOf, toFrondError } from '../../src/errors.ts';
import type { ProofRecord } from '../../src/stores/slot-proof.ts';
import type { Slot, SlotData } from '../../src/stores/slot-store.ts';
import { type Logger, silentLogger } from '../../src/system/logger.ts';
import type { System } from '../../src/system/system.ts';
import { Callers } from './callers.ts';
import type { Ledger } from './ledger.ts';
import type { Machine } from './machine.ts';
import { PlaceLink, type PlaceUser } from './places.ts';
import { OP_TIMEOUT_MS } from './plan.ts';
import { ProcessHost } from './process-host.ts';
import type { Reach } from './sim-store.ts';
import type { LinkUser } from './slot-link.ts';
import type { Surroundings } from './surroundings.ts';
import { tallyStatus } from './tally-status.ts';

/** A change without an answer is given up after so long. */
const ABANDON_MS = 4 * OP_TIMEOUT_MS;

/** One process from its start to its end, with the real allocator in it and callers that take IDs. */
export class Life implements LinkUser, PlaceUser {
  readonly name: string;
  readonly allocator: SnowflakeAllocator;
  readonly ledger: Ledger;
  readonly machine: Machine;
  readonly #around: Surroundings;
  readonly #host: ProcessHost;
  readonly #doomed: () => void;
  readonly #reach: Reach;
  readonly #place: PlaceLink | undefined;
  /** Changes of the store without an answer. */
  readonly #changes = new Set<{ readonly sinceMs: number }>();
  #stopping = false;
  #lostAtMs = Number.NEGATIVE_INFINITY;

  /** @param doomed has to kill it */
  constructor(name: string, machine: Machine, around: Surroundings, doomed: () => void) {
    this.name = name;
    this.machine = machine;
    this.#around = around;
    this.#doomed = doomed;
    const { plan, server, weather, checker, wrapStore, wrapProof, agenda } = around;
    const ownPrng = around.prng.fork();
    this.ledger = checker.ledgerOf(name);
    this.ledger.machine = machine.name;
    this.#host = new ProcessHost(machine, agenda, ownPrng, this.#logger());
    const system = this.#observed(this.#host.system);
    this.#reach = server.reach({ user: this, machine, system, prng: ownPrng.fork(), weather });
    const store = wrapStore(this.#reach.store, ownPrng.fork());
    if (plan.places !== 'none') {
      const prng = ownPrng.fork();
      this.#place = new PlaceLink({ places: machine.places, machine, agenda, prng, weather, user: this });
    }
    const proof = this.#place && wrapProof(this.#place);
    this.allocator = new SnowflakeAllocator({ store, proof, system, options: plan.options });
    this.note('starts');
    this.allocator.start().catch((error: unknown) => this.#refused(error));
    new Callers(this, around, ownPrng).callLater();
  }

  get isAlive(): boolean {
    return this.#host.isAlive;
  }

  /** How long ago it lost a worker ID; true time. */
  get lostAgoMs(): number {
    return this.#around.agenda.nowMs - this.#lostAtMs;
  }

  /** Stops all of it for a while, as SIGSTOP or a blocked event loop does. */
  pause(forMs: number): void {
    this.#host.pause(forMs);
    this.note(`is stopped for ${Math.ceil(forMs)}`);
  }

  resume(): void {
    this.#host.resume();
  }

  /** kill -9. */
  kill(): void {
    if (this.isAlive) this.#end('is killed');
  }

  /** @param ended called when the process has ended in order */
  stop(ended: () => void): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.note('stops');
    this.deliver(() => {
      void this.allocator.stop().then(() => {
        if (!this.isAlive) return;
        this.#end('has stopped');
        ended();
      });
    });
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  deliver(run: () => void): void {
    this.#host.deliver(run);
  }

  /** I10: until the one before is answered or given up, there is no further change. */
  changeBegins(): () => void {
    const change = { sinceMs: this.machine.monotonicMs() };
    for (const { sinceMs } of this.#changes) {
      const afterMs = change.sinceMs - sinceMs;
      if (afterMs < ABANDON_MS)
        this.#around.checker.fail('one change', `${this.name} began another after ${afterMs} ms`);
    }
    this.#changes.add(change);
    return () => this.#changes.delete(change);
  }

  doom(): void {
    if (this.isAlive) this.#doomed();
  }

  owns(token: string): boolean {
    return this.ledger.tokens.includes(token);
  }

  shown(slot: Slot, viaWrite: boolean): void {
    if (!this.owns(slot.data.token)) return;
    const { plan, checker } = this.#around;
    // A list is no acknowledgement where records may still be lost with the power.
    if (viaWrite || !plan.provesDeath) checker.shown(this.ledger, slot);
  }

  asked(workerId: number, data: SlotData): void {
    this.#around.checker.asked(workerId, data);
  }

  refused(workerId: number, data: SlotData): void {
    this.#around.checker.refused(this.ledger, workerId, data);
  }

  resolved(outcome: 'mine' | 'foreign'): void {
    this.note(`finds its write without an answer to be ${outcome}`);
    this.#around.tally.add(outcome === 'mine' ? 'unknown, then mine' : 'unknown, then foreign');
  }

  inherits(record: ProofRecord): void {
    const { plan, checker } = this.#around;
    if (plan.places === 'offline') checker.inherited(this.ledger, record);
  }

  kept(record: ProofRecord, isDurable: boolean): void {
    this.#around.checker.kept(this.ledger, record, isDurable);
  }

  note(what: string): void {
    this.#around.trace.note(this.name, what);
  }

  /** An ID now, if there is one. */
  mint(): boolean {
    const id = this.allocator.source().tryNext();
    if (id === undefined) return false;
    this.#around.checker.given(this.ledger, id, this.machine.wallMs());
    return true;
  }

  /** It gives up a slot, which must not be its own any more: what another token replaced never comes back. */
  #fenced(workerId: number, reason: string | undefined): void {
    const { tally, checker, server, agenda } = this.#around;
    this.#lostAtMs = agenda.nowMs;
    if (reason === 'its record is gone') tally.add('tree lost, then fenced');
    // The slot is its own, and what lies below the floor may have been used by others.
    if (reason?.startsWith('the floor of the slot store was raised')) {
      tally.add('offline claim below a new floor');
      return;
    }
    const stored = server.slots.find(slot => slot.workerId === workerId);
    if (stored !== undefined && stored.data.token === this.ledger.claims.get(workerId)?.token) {
      checker.fail('truth', `${this.name} gave up worker ${workerId}, which is still its own: ${reason}`);
    }
  }

  /** It starts for nothing, and ends; whoever looks after it starts it again. */
  #refused(error: unknown): void {
    const { tally, checker } = this.#around;
    if (toFrondError(error).code !== 'STORE_NOT_INITIALISED') checker.fail('crash', `start: ${reasonOf(error)}`);
    tally.add('start refused for want of a tree');
    this.doom();
  }

  #end(how: string): void {
    this.note(how);
    this.#host.die();
    this.ledger.ended = true;
    this.#place?.died();
    this.#reach.died();
    tallyStatus(this.#around.tally, this.allocator.status());
  }

  /** The system of its host, with the clock and the tokens that it sees written down. */
  #observed({ clock, random, ...rest }: System): System {
    const { agenda, prng } = this.#around;
    const { ledger } = this;
    return {
      ...rest,
      clock: {
        ...clock,
        wallMs: () => {
          const wallMs = clock.wallMs();
          if (wallMs > ledger.maxWallMs) ledger.maxWallMs = wallMs;
          return wallMs;
        },
      },
      random: {
        ...random,
        token: () => {
          const token = `${this.name}-${prng.int(0, 2 ** 32 - 1).toString(16)}-${agenda.steps}`;
          ledger.tokens.push(token);
          return token;
        },
      },
    };
  }

  #logger(): Logger {
    return {
      ...silentLogger,
      info: (_, message) => this.note(message),
      warn: (fields, message) => this.note(`${message} ${(fields as { code?: string }).code ?? ''}`),
      error: (fields, message) => {
        const { reason, workerId } = fields as { reason?: string; workerId?: number };
        this.note(`${message} ${reason ?? ''}`);
        if (workerId !== undefined && message.startsWith('worker ID lost')) this.#fenced(workerId, reason);
      },
    };
  }
}
