/** What must happen now and then, or the simulator is not looking where it should. */
export const SOMETIMES = [
  'created',
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
] as const;

export type Sometimes = (typeof SOMETIMES)[number];

/** How often each happened. */
export class Tally {
  readonly counts: Record<Sometimes, number>;

  constructor() {
    this.counts = Object.fromEntries(SOMETIMES.map(name => [name, 0])) as Record<Sometimes, number>;
  }

  add(name: Sometimes, times = 1): void {
    this.counts[name] += times;
  }

  addAll(other: Tally): void {
    for (const name of SOMETIMES) this.counts[name] += other.counts[name];
  }

  get never(): Sometimes[] {
    return SOMETIMES.filter(name => this.counts[name] === 0);
  }
}
