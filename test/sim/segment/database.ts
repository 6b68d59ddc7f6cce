import type { RangeStore } from '../../../src/stores/range-store.ts';
import { MemoryRangeStore, type MemoryTable } from '../../../src/stores/ranges/memory.ts';
import type { MemoryRow } from '../../../src/stores/ranges/memory-leftovers.ts';
import type { Primary } from '../../../src/stores/ranges/primary.ts';
import type { Residue } from '../../../src/stores/ranges/residue.ts';
import { type MemoryDatabase, MemoryPrimary } from '../../support/memory-primary.ts';
import type { Agenda } from '../agenda.ts';
import type { Prng } from '../prng.ts';
import type { Peer } from './line.ts';

/** What a server does when it is asked; one of the two, by what the database is. */
export type Server = RangeStore & Primary;

interface Node {
  readonly state: MemoryDatabase;
  readonly server: Server;
  readonly life: Life;
  /** Earlier contents, latest last; the present ones included. */
  readonly history: ReadonlyMap<string, MemoryRow>[];
}

/** Of a server, from its start on. */
interface Life {
  run: string;
  readonly nowMs: () => number;
}

/** What a server was when another took its place. */
interface Former {
  readonly rows: ReadonlyMap<string, MemoryRow>;
  readonly run: string;
}

/** IDs that a database may hand out a second time. */
interface Forgotten {
  readonly tag: string;
  readonly from: bigint;
  readonly to: bigint;
}

export interface SimDatabaseParts {
  readonly name: string;
  readonly rows: MemoryTable;
  readonly residue: Residue | undefined;
  readonly agenda: Agenda;
  readonly prng: Prng;
  /** See `Lies`. */
  readonly isOneRun: boolean;
}

const HISTORY = 24;

/**
 * A database with its replicas, as its clients see it: rows that are changed one by one, and that may go back. Where it
 * goes back, it says which IDs it forgot.
 */
export class SimDatabase implements Peer {
  readonly name: string;
  /** Until then it answers nobody; true time. */
  downUntilMs = 0;
  downIsSilent = false;
  /** Calls that were sent to an earlier one never arrive. */
  generation = 0;
  readonly #agenda: Agenda;
  readonly #prng: Prng;
  readonly #residue: Residue | undefined;
  /** Every server takes itself for the first one, which has never been started anew. */
  readonly #isOneRun: boolean;
  #runs = 0;
  #nodes: readonly Node[];
  /** Which of two nodes a client writes to. */
  readonly #sides = new Map<string, number>();
  readonly #forgotten: Forgotten[] = [];
  /** Contents when the split began. */
  #fork: ReadonlyMap<string, MemoryRow> | undefined;
  #former: Former | undefined;
  #backup: ReadonlyMap<string, MemoryRow>;

  #calm: ReadonlyMap<string, MemoryRow> = new Map();

  constructor({ name, rows, residue, agenda, prng, isOneRun }: SimDatabaseParts) {
    this.name = name;
    this.#agenda = agenda;
    this.#prng = prng;
    this.#residue = residue;
    this.#isOneRun = isOneRun;
    this.#nodes = [this.#node(rows)];
    this.#backup = new Map(rows);
  }

  get isDown(): boolean {
    return this.#agenda.nowMs < this.downUntilMs;
  }

  get isSplit(): boolean {
    return this.#fork !== undefined;
  }

  /** The highest maxId of a tag in any node. */
  maxIdOf(tag: string): bigint {
    return this.#nodes.reduce((max, { state }) => highest(max, state.table.get(tag)?.maxId ?? 0n), 0n);
  }

  /** What is refused now may have been seen some seconds ago: the rows as they were when the storm ended. */
  calmMaxIdOf(tag: string): bigint {
    return this.#calm.get(tag)?.maxId ?? 0n;
  }

  row(tag: string): MemoryRow | undefined {
    return this.#nodes[0]?.state.table.get(tag);
  }

  /** Whether it may give the ID a second time, by what it forgot. */
  forgot(tag: string, id: bigint): boolean {
    const residue = this.#residue;
    if (residue !== undefined && id % BigInt(residue.delta) !== BigInt(residue.remainder)) return false;
    if (this.#fork !== undefined && id >= (this.#fork.get(tag)?.maxId ?? 0n)) return true;
    return this.#forgotten.some(each => each.tag === tag && each.from <= id && id < each.to);
  }

  /** One request of a client, on the node that it writes to. */
  run<T>(by: string, work: (server: Server) => Promise<T>): Promise<T> {
    const node = this.#nodeOf(by);
    const outcome = work(node.server);
    this.#remember(node);
    return outcome;
  }

  /** Which server a client writes to, and since when it runs. */
  runOf(by: string): string {
    return this.#nodeOf(by).life.run;
  }

  /** A read from a replica that is some changes behind. */
  runBehind<T>(by: string, work: (server: RangeStore) => Promise<T>): Promise<T> {
    const { history } = this.#nodeOf(by);
    const at = Math.max(0, history.length - 1 - this.#prng.int(1, 8));
    return work(new MemoryRangeStore({ table: new Map(history[at]) }));
  }

  /** An operator with a client of his own, in every node. */
  edit(tag: string, change: (row: MemoryRow) => MemoryRow): void {
    for (const node of this.#nodes) {
      node.state.table.set(tag, change(node.state.table.get(tag)!));
      this.#remember(node);
    }
  }

  loseResidue(isLost: boolean): void {
    for (const { state } of this.#nodes) state.residue = isLost ? undefined : this.#residue;
  }

  /** Nothing is broken any more, and retired tags are there again. */
  calm(): void {
    this.downUntilMs = 0;
    this.loseResidue(false);
    for (const [tag, row] of this.#nodes[0]!.state.table) {
      this.edit(tag, () => ({ ...row, stepIds: row.stepIds || 10 }));
    }
    this.#calm = new Map(this.#nodes[0]!.state.table);
  }

  takeBackup(): void {
    this.#backup = new Map(this.#nodes[0]!.state.table);
  }

  /** @returns whether an update was lost */
  restoreBackup(): boolean {
    this.endSplit();
    return this.#become(this.#backup);
  }

  /** A replica is promoted that lacks the last changes. @returns whether an update was lost */
  failOver(changes: number): boolean {
    this.endSplit();
    const { history } = this.#nodes[0]!;
    this.#former = this.#present();
    return this.#become(history[Math.max(0, history.length - 1 - changes)]!);
  }

  /** The primary from before the latest failover is the primary again. @returns whether there was one */
  flapBack(): boolean {
    if (this.#former === undefined || this.isSplit) return false;
    const former = this.#former;
    this.#former = this.#present();
    this.#become(former.rows, former.run);
    return true;
  }

  /** From now on some clients write to a second primary, which lacks the last changes. */
  split(changes: number): void {
    if (this.isSplit) return;
    const { history } = this.#nodes[0]!;
    const fork = history[Math.max(0, history.length - 1 - changes)]!;
    this.#fork = fork;
    this.#nodes = [this.#nodes[0]!, this.#node(new Map(fork))];
    this.#nodes[1]!.state.residue = this.#nodes[0]!.state.residue;
    this.generation++;
  }

  /** One of two primaries is gone. @returns whether both were written */
  endSplit(): boolean {
    const fork = this.#fork;
    if (fork === undefined) return false;
    const [a, b] = this.#nodes as [Node, Node];
    const wroteTwice = a.history.length > 1 && b.history.length > 1;
    for (const [tag, { maxId }] of fork) this.#forget(tag, maxId, this.maxIdOf(tag));
    this.#nodes = [this.#prng.chance(0.5) ? a : b];
    this.#fork = undefined;
    this.#sides.clear();
    this.generation++;
    return wroteTwice;
  }

  #nodeOf(by: string): Node {
    if (this.#nodes.length === 1) return this.#nodes[0]!;
    const side = this.#sides.get(by) ?? this.#prng.int(0, 1);
    this.#sides.set(by, side);
    return this.#nodes[side]!;
  }

  #node(table: MemoryTable): Node {
    const state: MemoryDatabase = { name: this.name, table, residue: this.#residue, state: 'up' };
    const life: Life = { run: this.#newRun(), nowMs: () => this.#agenda.nowMs };
    const isAlone = this.#residue === undefined;
    const server = isAlone ? new MemoryRangeStore({ table, server: life }) : new MemoryPrimary(state);
    return { state, server: server as unknown as Server, life, history: [new Map(table)] };
  }

  #newRun(): string {
    return this.#isOneRun ? 'one' : `${++this.#runs}`;
  }

  #present(): Former {
    const { state, life } = this.#nodes[0]!;
    return { rows: new Map(state.table), run: life.run };
  }

  #remember({ state: { table }, history }: Node): void {
    const latest = history.at(-1)!;
    if ([...table].every(([tag, row]) => latest.get(tag) === row)) return;
    history.push(new Map(table));
    if (history.length > HISTORY) history.shift();
  }

  /** @param run of a server that was the primary before; another one or a restarted one else */
  #become(rows: ReadonlyMap<string, MemoryRow>, run = this.#newRun()): boolean {
    const node = this.#nodes[0]!;
    node.life.run = run;
    let lost = false;
    for (const [tag, row] of rows) {
      const { maxId } = node.state.table.get(tag)!;
      if (row.maxId < maxId) lost = true;
      this.#forget(tag, row.maxId, maxId);
      node.state.table.set(tag, row);
    }
    this.#remember(node);
    this.generation++;
    return lost;
  }

  #forget(tag: string, from: bigint, to: bigint): void {
    if (from < to) this.#forgotten.push({ tag, from, to });
  }
}

function highest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
