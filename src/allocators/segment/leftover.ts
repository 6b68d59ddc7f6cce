import type { RangeStore, TakenRange } from '../../stores/range-store.ts';
import { joined, sizeOf } from './taken-range.ts';

/**
 * What an ended keeper has left: the unused end of its latest ranges, which nobody was given and nobody will be.
 *
 * The high-water marks of living processes stay true when it goes back. maxId is lowered only while it is the end of
 * our latest range, so whoever lives took his latest range below that one. (A mark that a raise of the tag set may end
 * above; whoever raised takes his next range with that floor.)
 */
export class Leftover {
  #rest: TakenRange | undefined;

  /** @param range above all that was added before */
  add(range: TakenRange | undefined): void {
    if (range !== undefined) this.#rest = joined(this.#rest, range);
  }

  /**
   * Once; what is not given back is a gap.
   * @returns IDs given back; 0 where there were none, or somebody has taken a range since
   * @throws FrondError STORE_UNAVAILABLE
   */
  async giveBack(store: RangeStore, tag: string): Promise<number> {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest === undefined) return 0;
    return (await store.giveBack(tag, rest)) ? Number(sizeOf(rest)) : 0;
  }
}
