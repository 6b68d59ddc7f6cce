import type { TakenRange } from '../../../src/stores/range-store.ts';
import type { Held } from './checker.ts';

/** What the checker knows of one tag in one process. */
export interface Tag {
  /** Ranges that it may give IDs of. */
  owned: Held[];
  /** What it wanted to give back, and nobody has taken. */
  refused: TakenRange[];
  last: bigint;
  /** The last ID before the waits that end in this step of the world. */
  floor: bigint;
  step: number;
  /** The end of the highest range that its allocator was told of and may use. */
  highWater: bigint;
  raisedTo: bigint;
  /** The end of the highest range that any of its stores was told of. */
  told: bigint;
  /** How often the process has learned that the tag is gone. */
  retired: number;
  /** How often it may have learned so from a list. */
  unlisted: number;
}

/** What the checker knows of one process, dead ones included. */
export class Ledger {
  readonly name: string;
  readonly #tags = new Map<string, Tag>();

  constructor(name: string) {
    this.name = name;
  }

  tag(name: string): Tag {
    let tag = this.#tags.get(name);
    if (tag === undefined) {
      tag = {
        owned: [],
        refused: [],
        last: 0n,
        floor: 0n,
        step: -1,
        highWater: 0n,
        raisedTo: 0n,
        told: 0n,
        retired: 0,
        unlisted: 0,
      };
      this.#tags.set(name, tag);
    }
    return tag;
  }

  get tags(): readonly string[] {
    return [...this.#tags.keys()];
  }

  /** The process knows that the tag is gone; what it had of it dies with it. */
  retired(name: string): void {
    const tag = this.tag(name);
    tag.retired++;
    tag.owned = [];
  }
}
