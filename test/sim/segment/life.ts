import { idsOf } from '../../../src/allocators/id-ranges.ts';
import { SegmentAllocator } from '../../../src/allocators/segment/segment-allocator.ts';
import { type FrondError, reasonOf, toFrondError } from '../../../src/errors.ts';
import type { RangeStore } from '../../../src/stores/range-store.ts';
import { CeilingRangeStore } from '../../../src/stores/ranges/ceiling.ts';
import { PrimariesRangeStore } from '../../../src/stores/ranges/primaries.ts';
import { silentLogger } from '../../../src/system/logger.ts';
import type { Machine } from '../machine.ts';
import type { Prng } from '../prng.ts';
import { ProcessHost } from '../process-host.ts';
import { DatabaseLink } from './database-link.ts';
import type { Ledger } from './ledger.ts';
import { Line, type LineUser } from './line.ts';
import { ObservedRangeStore } from './observed-range-store.ts';
import { RegisterLink } from './register.ts';
import type { SegmentSurroundings } from './surroundings.ts';
import { countLogged } from './tally.ts';
import { UncheckedRanges } from './unchecked-ranges.ts';

/** One process from its start to its end, with the real allocator and stores in it, and callers that take IDs. */
export class SegmentLife implements LineUser {
  readonly name: string;
  readonly machine: Machine;
  readonly ledger: Ledger;
  readonly allocator: SegmentAllocator;
  readonly store: ObservedRangeStore;
  readonly host: ProcessHost;
  readonly #around: SegmentSurroundings;
  readonly #prng: Prng;
  readonly #doomed: () => void;
  readonly #unchecked: UncheckedRanges | undefined;
  #stopping = false;

  /** @param doomed has to kill it */
  constructor(name: string, machine: Machine, around: SegmentSurroundings, doomed: () => void) {
    this.name = name;
    this.machine = machine;
    this.#around = around;
    this.#doomed = doomed;
    const { checker, tally, lies, plan } = around;
    this.#prng = around.prng.fork();
    this.ledger = checker.ledgerOf(name);
    this.host = new ProcessHost(machine, around.agenda, this.#prng.fork(), {
      ...silentLogger,
      info: (_, message) => this.#logged(message),
      warn: (fields, message) => this.#logged(`${message} ${(fields as { code?: string }).code ?? ''}`),
      error: (fields, message) => this.#logged(`${message} ${JSON.stringify(fields)}`),
    });
    const { system } = this.host;
    const wrapStore = lies.wrapStore ?? (store => store);
    this.store = new ObservedRangeStore(wrapStore(this.#stores(), this.#prng.fork()), this.ledger, checker, tally);
    if (lies.takesAnyRange) this.#unchecked = new UncheckedRanges(this.store);
    this.allocator = new SegmentAllocator({ store: this.#unchecked ?? this.store, system, options: plan.options });
    this.#note('starts');
    this.allocator.start().catch((error: unknown) => this.#refused(toFrondError(error)));
    this.#callLater();
  }

  get isAlive(): boolean {
    return this.host.isAlive;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  deliver(run: () => void): void {
    this.host.deliver(run);
  }

  doom(): void {
    if (this.isAlive) this.#doomed();
  }

  pause(forMs: number): void {
    this.host.pause(forMs);
    this.#note(`is stopped for ${Math.ceil(forMs)}`);
  }

  /** kill -9. */
  kill(): void {
    if (this.isAlive) this.#end('is killed');
  }

  /** @param ended called when the process has ended in order */
  stop(ended: () => void): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#note('stops');
    this.deliver(() => {
      void this.allocator.stop().then(() => {
        if (!this.isAlive) return;
        this.#end('has stopped');
        ended();
      });
    });
  }

  /** An operator raises a tag by way of this process. */
  raise(tag: string): void {
    const maxId = this.#around.databases.reduce((max, each) => (each.maxIdOf(tag) > max ? each.maxIdOf(tag) : max), 1n);
    const to = maxId + BigInt(this.#prng.int(1, 200));
    if (to >= 2n ** 63n) return;
    this.#operate(`raises ${tag} to ${to}`, async () => {
      await this.allocator.patchTag(tag, { maxId: to });
      const book = this.ledger.tag(tag);
      if (to > book.raisedTo) book.raisedTo = to;
      this.#around.tally.add('tag raised');
    });
  }

  retire(tag: string): void {
    this.#operate(`retires ${tag}`, async () => {
      await this.allocator.retireTag(tag);
      this.#around.tally.add('tag retired');
    });
  }

  make(tag: string): void {
    this.#operate(`makes ${tag}`, async () => {
      const { created } = await this.allocator.putTag(tag, { stepIds: this.#prng.pick([1, 5, 20]) });
      if (created) this.#around.tally.add('tag made again');
    });
  }

  /** An ID, however long it takes up to the deadline; the refusal otherwise. */
  ask(tag: string, deadlineMs: number, told: (refusal: FrondError | undefined) => void): void {
    const source = this.allocator.source(tag);
    this.deliver(() => {
      source.next({ deadlineMs }).then(
        id => {
          this.#arrived(tag, [id]);
          told(undefined);
        },
        (error: unknown) => told(toFrondError(error)),
      );
    });
  }

  /** The real stores of the plan, over lines of this process. */
  #stores(): RangeStore {
    const { plan, agenda, weather, tally, databases, register, checker, lies } = this.#around;
    const prng = this.#prng.fork();
    const line = new Line({ agenda, prng, weather, machine: this.machine, user: this, tally });
    const wrap = lies.wrapDatabase ?? (link => link);
    const links = databases.map(database => {
      const told: DatabaseLink['parts']['told'] = (tag, range) => checker.made(this.ledger, tag, range);
      return wrap(new DatabaseLink({ database, line, prng, weather, tally, by: this.name, told }), prng.fork());
    });
    const { system } = this.host;
    const store = links.length === 1 ? links[0]!.alone : new PrimariesRangeStore(links, system);
    if (plan.ceiling === 'none') return store;
    const link = new RegisterLink({ register, line, prng, weather, tally });
    return new CeilingRangeStore({ store, register: lies.wrapRegister?.(link) ?? link, policy: plan.ceiling, system });
  }

  #callLater(): void {
    const { agenda, plan } = this.#around;
    agenda.after(this.#prng.exponential(plan.callEveryMs), () =>
      this.deliver(() => {
        this.#takeIds();
        this.#callLater();
      }),
    );
  }

  #takeIds(): void {
    const { plan, checker } = this.#around;
    const tag = this.#prng.pick([...plan.tags.keys()]);
    const source = this.allocator.source(tag);
    const dice = this.#prng.fraction();
    if (dice < 0.25) {
      this.#wait(tag, async () => [await source.next()]);
    } else if (dice < 0.4) {
      const count = this.#prng.int(1, this.#prng.chance(0.1) ? 300 : 30);
      this.#wait(tag, async () => idsOf(await source.nextMany(count)));
    } else {
      let last: bigint | undefined;
      for (let i = this.#prng.int(1, 12); i > 0; i--) {
        const id = source.tryNext();
        if (id === undefined) break;
        last = this.#real(tag, id);
        checker.given(this.ledger, tag, last);
      }
      if (last !== undefined) this.#note(`gave ${tag} up to ${last}`);
    }
  }

  #wait(tag: string, take: () => Promise<Iterable<bigint>>): void {
    const { tally, agenda, checker } = this.#around;
    const { steps } = agenda;
    take().then(
      ids => {
        if (agenda.steps > steps) tally.add('waited for a range');
        this.#arrived(tag, ids);
      },
      (error: unknown) => {
        const { code } = toFrondError(error);
        if (code === 'INTERNAL') checker.fail('crash', `${this.name} ${tag}: ${reasonOf(error)}`);
        if (code === 'DEADLINE_EXCEEDED') tally.add('deadline exceeded');
        if (code === 'TOO_MANY_WAITERS') tally.add('too many waiters');
      },
    );
  }

  #arrived(tag: string, ids: Iterable<bigint>): void {
    if (!this.isAlive) return;
    const real = [...ids].map(id => this.#real(tag, id));
    this.#around.checker.arrived(this.ledger, tag, real, this.#around.agenda.steps);
    this.#note(`gave ${tag} up to ${real.at(-1)} after a wait`);
  }

  #real(tag: string, id: bigint): bigint {
    return this.#unchecked?.realOf(tag, id) ?? id;
  }

  #operate(what: string, work: () => Promise<void>): void {
    this.deliver(() => {
      this.#note(what);
      work().catch((error: unknown) => {
        const { code } = toFrondError(error);
        this.#note(`${what}: ${code}`);
        if (code === 'INTERNAL') this.#around.checker.fail('crash', `${this.name} ${what}: ${reasonOf(error)}`);
      });
    });
  }

  /** It starts for nothing, and ends; whoever looks after it starts it again. */
  #refused(error: FrondError): void {
    const { tally, checker } = this.#around;
    if (error.code !== 'STORE_NOT_INITIALISED') checker.fail('crash', `start of ${this.name}: ${error.message}`);
    tally.add('start refused');
    this.doom();
  }

  #end(how: string): void {
    this.#note(how);
    this.host.die();
    const { tally } = this.#around;
    const { ceiling } = this.allocator.storeHealth();
    tally.add('rewound refused', this.allocator.totals().rewinds);
    tally.add('lifted by a ceiling', ceiling?.liftedRows ?? 0);
    tally.add('ceiling raised by another first', ceiling?.retries ?? 0);
    tally.add('range thrown away for its ceiling', ceiling?.discardedRanges ?? 0);
    tally.add('range without its ceiling', ceiling?.degradedTakes ?? 0);
  }

  #logged(message: string): void {
    this.#note(message);
    if (/went back|SEGMENT_REWOUND/.test(message)) this.#around.checker.alarmed(this.name, message);
    countLogged(this.#around.tally, message);
  }

  #note(what: string): void {
    this.#around.trace.note(this.name, what);
  }
}
