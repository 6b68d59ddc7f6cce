/** What must happen now and then, or the simulator is not looking where it should. */
export const SOMETIMES = [
  'created',
  'offline start',
  'offline claim below a new floor',
  'record outdated',
  'record not written',
  'record lost with the power',
  'older record put back',
  'slot parked',
  'takeover of an expired slot',
  'restart with proof of death',
  'released slot taken',
  'fence',
  'unknown, then mine',
  'unknown, then foreign',
  'rollback absorbed',
  'rollback refused',
  'sequence exhausted',
  'limit reached',
  'jump held',
  'jump confirmed',
  'no free slot',
  'clock behind at start',
  'clock skew at start',
  'release acknowledged',
  'power lost with a write undone',
  'records restored under a raised floor',
  // In worlds with a ZooKeeper.
  'session expired under a living process',
  'live node made again',
  'slot of a dead session taken over',
  'creation without an answer found',
  'multi refused',
  'leader changed',
  'read answered by a server that lags',
  'client refused by a server that lags',
  'half-open connection torn down',
  'request of an abandoned connection done',
  'late write of an expired session refused',
  'tree lost, then fenced',
  'start refused for want of a tree',
  'tree made anew under a raised floor',
] as const;

export type Sometimes = (typeof SOMETIMES)[number];

/** How often each happened. */
export class Counts<Name extends string> {
  readonly counts: Record<Name, number>;
  readonly #names: readonly Name[];

  constructor(names: readonly Name[]) {
    this.#names = names;
    this.counts = Object.fromEntries(names.map(name => [name, 0])) as Record<Name, number>;
  }

  add(name: Name, times = 1): void {
    this.counts[name] += times;
  }

  addAll(other: Counts<Name>): void {
    for (const name of this.#names) this.counts[name] += other.counts[name];
  }

  get never(): Name[] {
    return this.#names.filter(name => this.counts[name] === 0);
  }
}

export class Tally extends Counts<Sometimes> {
  constructor() {
    super(SOMETIMES);
  }
}
