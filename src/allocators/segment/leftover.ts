import type { RangeStore, TakenRange } from '../../stores/range-store.ts';
import { joined, sizeOf } from './taken-range.ts';

/** What became of unused IDs at a stop. */
export interface Returned {
  /** They went back: the next range begins with them. */
  ids: number;
  /** They were left for a process that starts soon. */
  leftIds: number;
}

/**
 * What an ended keeper has left: the unused ends of its ranges, which nobody was given and nobody will be.
 *
 * The high-water marks of living processes stay true when it goes back. maxId is lowered only while it is the end of
 * our latest range, so whoever lives took his latest range below that one. (A mark that a raise of the tag set may end
 * above; whoever raised takes his next range with that floor.) What is left is taken by processes alone that have no
 * mark yet, or a lower one.
 */
export class Leftover {
  #rests: TakenRange[] = [];
  #isDoubtful = false;

  /** @param range above all that was added before */
  add(range: TakenRange): void {
    this.#rests.push(range);
  }

  /** The store has gone back once: others may have had these IDs, and nothing is left any more. */
  doubt(): void {
    this.#isDoubtful = true;
  }

  /**
   * Once: the latest range goes back if nobody has taken one since; what does not go back is left, where the store can
   * do that, and is a gap else.
   * @param maxAgeMs older leftovers are deleted
   * @param returned is added to
   * @throws FrondError STORE_UNAVAILABLE; what was not said yet is a gap
   */
  async giveBack(store: RangeStore, tag: string, maxAgeMs: number, returned: Returned): Promise<void> {
    const rests = this.#rests.splice(0);
    let latest = rests.pop();
    if (latest === undefined) return;
    const parts = [latest];
    for (let before = rests.pop(); before !== undefined; before = rests.pop()) {
      const whole = joined(before, latest);
      if (whole.start !== before.start) {
        rests.push(before);
        break;
      }
      latest = whole;
      parts.unshift(before);
    }
    if (await store.giveBack(tag, latest)) returned.ids += Number(sizeOf(latest));
    // In their parts: what a process has at hand, and a crash loses, shall not grow from one to the next.
    else rests.push(...parts);
    if (store.leave === undefined || this.#isDoubtful) return;
    for (const rest of rests) {
      if (await store.leave(tag, rest, maxAgeMs)) returned.leftIds += Number(sizeOf(rest));
    }
  }
}
