import { idsOf } from '../../src/allocators/id-ranges.ts';
import { SnowflakeAllocator } from '../../src/allocators/snowflake/snowflake-allocator.ts';
import { reasonOf, toFrondError } from '../../src/errors.ts';
import type { ProofRecord } from '../../src/stores/slot-proof.ts';
import type { Slot, SlotData } from '../../src/stores/slot-store.ts';
import { silentLogger } from '../../src/system/logger.ts';
import type { System } from '../../src/system/system.ts';
import type { Ledger } from './ledger.ts';
import type { Machine } from './machine.ts';
import { PlaceLink, type PlaceUser } from './places.ts';
import { OP_TIMEOUT_MS } from './plan.ts';
import type { Prng } from './prng.ts';
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
  readonly #prng: Prng;
  readonly #doomed: () => void;
  readonly #reach: Reach;
  readonly #place: PlaceLink | undefined;
  /** Changes of the store without an answer. */
  readonly #changes = new Set<{ readonly sinceMs: number }>();
  #isAlive = true;
  #pausedUntilMs = 0;
  #stopping = false;
  #lostAtMs = Number.NEGATIVE_INFINITY;

  /** @param doomed has to kill it */
  constructor(name: string, machine: Machine, around: Surroundings, doomed: () => void) {
    this.name = name;
    this.machine = machine;
    this.#around = around;
    this.#doomed = doomed;
    const { plan, server, weather, checker, wrapStore, wrapProof, agenda } = around;
    this.#prng = around.prng.fork();
    this.ledger = checker.ledgerOf(name);
    this.ledger.machine = machine.name;
    const system = this.#system();
    this.#reach = server.reach({ user: this, machine, system, prng: this.#prng.fork(), weather });
    const store = wrapStore(this.#reach.store, this.#prng.fork());
    if (plan.places !== 'none') {
      const prng = this.#prng.fork();
      this.#place = new PlaceLink({ places: machine.places, machine, agenda, prng, weather, user: this });
    }
    const proof = this.#place && wrapProof(this.#place);
    this.allocator = new SnowflakeAllocator({ store, proof, system, options: plan.options });
    this.#note('starts');
    this.allocator.start().catch((error: unknown) => this.#refused(error));
    this.#callLater();
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** How long ago it lost a worker ID; true time. */
  get lostAgoMs(): number {
    return this.#around.agenda.nowMs - this.#lostAtMs;
  }

  /** Stops all of it for a while, as SIGSTOP or a blocked event loop does. */
  pause(forMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#around.agenda.nowMs + forMs);
    this.#note(`is stopped for ${Math.ceil(forMs)}`);
  }

  resume(): void {
    this.#pausedUntilMs = 0;
  }

  /** kill -9. */
  kill(): void {
    if (this.#isAlive) this.#end('is killed');
  }

  /** @param ended called when the process has ended in order */
  stop(ended: () => void): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#note('stops');
    this.deliver(() => {
      void this.allocator.stop().then(() => {
        if (!this.#isAlive) return;
        this.#end('has stopped');
        ended();
      });
    });
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  deliver(run: () => void): void {
    if (!this.#isAlive) return;
    const { agenda } = this.#around;
    const leftMs = Math.max(this.#pausedUntilMs, this.machine.wakesAtMs) - agenda.nowMs;
    // Looks again now and then: the pause may be ended early.
    if (leftMs > 0) agenda.after(Math.min(leftMs, 500), () => this.deliver(run));
    else run();
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
    if (this.#isAlive) this.#doomed();
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
    this.#note(`finds its write without an answer to be ${outcome}`);
    this.#around.tally.add(outcome === 'mine' ? 'unknown, then mine' : 'unknown, then foreign');
  }

  inherits(record: ProofRecord): void {
    const { plan, checker } = this.#around;
    if (plan.places === 'offline') checker.inherited(this.ledger, record);
  }

  kept(record: ProofRecord, isDurable: boolean): void {
    this.#around.checker.kept(this.ledger, record, isDurable);
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
    this.#note(how);
    this.#isAlive = false;
    this.ledger.ended = true;
    this.#place?.died();
    this.#reach.died();
    tallyStatus(this.#around.tally, this.allocator.status());
  }

  #callLater(): void {
    this.#around.agenda.after(this.#prng.exponential(this.#around.plan.callEveryMs), () =>
      this.deliver(() => {
        this.#takeIds();
        this.#callLater();
      }),
    );
  }

  #takeIds(): void {
    const { checker, plan } = this.#around;
    const source = this.allocator.source();
    const dice = this.#prng.fraction();
    const before = this.ledger.lastId;
    // People look at all slots at any time.
    if (dice > 0.95) this.allocator.listWorkers().catch(() => {});
    if (dice < 0.05) {
      source.next().then(
        id => this.#isAlive && checker.given(this.ledger, id, this.machine.wallMs()),
        () => {},
      );
    } else if (dice < 0.1) {
      source.nextMany(this.#prng.int(1, 40)).then(
        ranges => {
          // What a batch took while it waited came out before what was given meanwhile.
          if (this.#isAlive) for (const id of idsOf(ranges)) checker.given(this.ledger, id, undefined);
        },
        () => {},
      );
    } else {
      const burst = dice < 0.15 ? Math.min(40, 2 ** plan.options.sequenceBits * 2) : this.#prng.int(1, 3);
      for (let i = 0; i < burst && this.mint(); i++);
    }
    if (this.ledger.lastId !== before) this.#note(`gave IDs up to ${this.ledger.lastId}`);
  }

  #system(): System {
    const { agenda, prng } = this.#around;
    const { machine, ledger } = this;
    const after = (delayMs: number, callback: () => void) => this.#timer(delayMs, callback);
    return {
      clock: {
        wallMs: () => {
          const wallMs = machine.wallMs();
          if (wallMs > ledger.maxWallMs) ledger.maxWallMs = wallMs;
          return wallMs;
        },
        monotonicMs: () => machine.monotonicMs(),
      },
      timers: { after, background: after },
      random: {
        fraction: () => this.#prng.fraction(),
        token: () => {
          const token = `${this.name}-${prng.int(0, 2 ** 32 - 1).toString(16)}-${agenda.steps}`;
          ledger.tokens.push(token);
          return token;
        },
        fill: target => target.fill(0),
      },
      logger: {
        ...silentLogger,
        info: (_, message) => this.#note(message),
        warn: (fields, message) => this.#note(`${message} ${(fields as { code?: string }).code ?? ''}`),
        error: (fields, message) => {
          const { reason, workerId } = fields as { reason?: string; workerId?: number };
          this.#note(`${message} ${reason ?? ''}`);
          if (workerId !== undefined && message.startsWith('worker ID lost')) this.#fenced(workerId, reason);
        },
      },
    };
  }

  /** Due by the monotonic clock, which may stand still meanwhile. */
  #timer(delayMs: number, callback: () => void): () => void {
    const { agenda } = this.#around;
    const dueMs = this.machine.monotonicMs() + Math.max(1, delayMs);
    let isCancelled = false;
    const fire = () =>
      this.deliver(() => {
        if (isCancelled) return;
        const leftMs = dueMs - this.machine.monotonicMs();
        if (leftMs > 0) agenda.after(leftMs, fire);
        else callback();
      });
    agenda.after(Math.max(1, delayMs), fire);
    return () => {
      isCancelled = true;
    };
  }

  #note(what: string): void {
    this.#around.trace.note(this.name, what);
  }
}
